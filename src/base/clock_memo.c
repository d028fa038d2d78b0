#include "base/clock_memo.h"

#include <string.h>

#include "base/clock.h"

bool
clock_memo_fill(struct clock_memo_month *m, const char *text)
{
	char day[] = "YYYY-MM-01T00:00:00Z";
	struct clock_time first, t;
	unsigned days = 31;

	memcpy(day, text, 8);
	if (!clock_parse(&first, span_of(day, CLOCK_MEMO_TEXT), NULL, NULL) ||
	    first.whole_day)
		return false;
	for (;; days--) {
		day[8] = (char)('0' + days / 10);
		day[9] = (char)('0' + days % 10);
		if (clock_parse(&t, span_of(day, CLOCK_MEMO_TEXT), NULL, NULL))
			break;
	}
	m->text = digits8_load(text);
	m->before = (int32_t)(first.from / CLOCK_MEMO_DAY - 1);
	m->seconds = days * CLOCK_MEMO_DAY;
	return true;
}
