/* The page of HTML reports: audit/html, put together by its embed.py. Private to audit. */
#ifndef AUDIT_REPORT_PAGE_H
#define AUDIT_REPORT_PAGE_H

/* UTF-8, each ended by NUL. Between them stands JSON in a script element. */
extern const unsigned char report_page_before[];
extern const unsigned char report_page_after[];

#endif
