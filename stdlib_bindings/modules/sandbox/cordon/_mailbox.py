"""Answers of the host as events of an asyncio loop; hides descriptors and call numbers from call_async."""
import asyncio
import os

from cordon._host import builtin

_mailboxes = {}  # by loop


class Mailbox:
    """One loop's calls that are under way. Its descriptor becomes readable when an answer has come."""

    def __init__(self, loop):
        self.loop = loop
        self.waiting = {}
        self.descriptor = builtin.event()
        try:
            loop.add_reader(self.descriptor, self.deliver)
        except BaseException:
            os.close(self.descriptor)
            raise

    def deliver(self):
        for number in builtin.answered(self.descriptor):
            future = self.waiting.get(number)
            if future is not None and not future.done():
                future.set_result(None)


def _mailbox_of(loop):
    mailbox = _mailboxes.get(loop)
    if mailbox is None:
        _sweep()
        mailbox = _mailboxes[loop] = Mailbox(loop)
    return mailbox


def _sweep():
    """Closes what closed loops left. A mailbox stays with its loop, since opening one for each call would cost more than the call."""
    for loop in [loop for loop in _mailboxes if loop.is_closed()]:
        os.close(_mailboxes.pop(loop).descriptor)


async def call(name, args, kwargs):
    loop = asyncio.get_running_loop()
    mailbox = _mailboxes.get(loop) or _mailbox_of(loop)
    number = builtin.start(mailbox.descriptor, name, *args, **kwargs)
    try:
        mailbox.waiting[number] = future = loop.create_future()
        await future
        return builtin.take(number)
    finally:
        # Cancelled: the answer, should it still come, is for nobody.
        mailbox.waiting.pop(number, None)
        builtin.drop(number)
