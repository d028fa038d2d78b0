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
	d->front = digits8_load(text);
	memcpy(&d->back, text + 8, sizeof(d->back));
	d->day = (int32_t)(t.from / 86400);
	return true;
}
