"""Code in another interpreter of the process."""
import _interpreters

number = _interpreters.create()
_interpreters.exec(number, "import os; os.stat('/'); open('/etc/hostname').close()")
_interpreters.destroy(number)
