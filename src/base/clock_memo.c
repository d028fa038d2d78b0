#include "base/clock_memo.h"

#include <string.h>

#include "base/clock.h"

bool
clock_memo_fill(struct clock_memo_day *d, const char *text)
{
	char midnight[] = "YYYY-MM-DDT00:00:00Z";
	struct clock_time t;

	memcpy(midnight, text, 10);
	if (!clock_parse(&t, span_of(midnight, 20), NULL, NULL) || t.whole_day)
		return false;
	d->front = clock_memo_front(text);
	d->back = clock_memo_back(text);
	d->day = (int32_t)(t.from / 86400);
	return true;
}
