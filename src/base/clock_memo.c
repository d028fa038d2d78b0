#include "base/clock_memo.h"

#include <string.h>

#include "base/clock.h"

/* It begins at `first` and has so many seconds.  False: some of it only is in
 * reach. */
static bool
month_set(struct clock_memo_month *month, int64_t first, uint32_t seconds)
{
	int64_t end = first + seconds;

	if (end <= 0 || first > UINT32_MAX) {
		month->seconds = 0;
		month->before = seconds + (first > 0);
		return true;
	}
	month->seconds = seconds;
	month->before = (uint32_t)(first - CLOCK_MEMO_DAY);
	return first >= 0 && end <= UINT32_MAX;
}

bool
clock_memo_fill(const struct clock_memo *m, struct clock_memo_month *month,
    const char *text)
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
	*month = (struct clock_memo_month){ 0 };
	if (!month_set(month, first.from - m->epoch, days * CLOCK_MEMO_DAY))
		return false;
	month->text = digits8_load(text);
	return true;
}

int64_t
clock_memo_far(const struct clock_memo_month *month, uint32_t seconds)
{
	uint32_t past = month->before % 2;

	if (month->seconds > 0 ||
	    seconds - CLOCK_MEMO_DAY >= month->before - past)
		return -1;
	return past ? UINT32_MAX : 0;
}
