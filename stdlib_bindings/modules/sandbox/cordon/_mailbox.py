"""Answers of the host as events of an asyncio loop; hides descriptors and call numbers from call_async."""
import asyncio
import os

from cordon._host import builtin

_mailboxes = {}  # by loop; only those that wait for an answer


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
        try:
            os.read(self.descriptor, 8)
        except BlockingIOError:
            pass
        for number in builtin.answered(self.descriptor):
            future = self.waiting.get(number)
            if future is not None and not future.done():
                future.set_result(None)

    def close(self):
        if not self.loop.is_closed():
            self.loop.remove_reader(self.descriptor)
        os.close(self.descriptor)


def _mailbox_of(loop):
    mailbox = _mailboxes.get(loop)
    if mailbox is None:
        mailbox = _mailboxes[loop] = Mailbox(loop)
    return mailbox


async def call(name, args, kwargs):
    loop = asyncio.get_running_loop()
    mailbox = _mailbox_of(loop)
    number = None
    try:
        number = builtin.start(name, args, kwargs, mailbox.descriptor)
        mailbox.waiting[number] = future = loop.create_future()
        await future
        return builtin.take(number)
    finally:
        # Cancelled: the answer, should it still come, is for nobody.
        if number is not None:
            mailbox.waiting.pop(number, None)
            builtin.drop(number)
        if not mailbox.waiting and _mailboxes.get(loop) is mailbox:
            del _mailboxes[loop]
            mailbox.close()
