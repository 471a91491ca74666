"""Logging to files that are turned over, and to the system's log."""
import logging
import logging.handlers
import syslog

handler = logging.handlers.RotatingFileHandler("a.log", maxBytes=500, backupCount=2)
logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(asctime)s %(process)d %(threadName)s %(message)s")
for number in range(50):
    logging.info("line %d", number)
logging.shutdown()
syslog.openlog("audit-complete")
syslog.syslog("a line")
syslog.closelog()
