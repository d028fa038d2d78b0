#include "value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
value_number(double *out, const char *value, double min, double max,
    struct err *err)
{
	char *end;

	errno = 0;
	*out = strtod(value, &end);
	if (*end == '%')
		end++;
	if (errno || end == value || *end || !(*out >= min && *out <= max))
		return err_set(err, ERR_USAGE,
		    "'%s' is no number from %g to "
		    "%g",
		    value, min, max);
	return 0;
}

/* 4096, 64K, 1M */
int
value_size(size_t *out, const char *value, struct err *err)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (*end == 'k' || *end == 'K') {
		n <<= 10;
		end++;
	} else if (*end == 'm' || *end == 'M') {
		n <<= 20;
		end++;
	}
	if (errno || end == value || *end || value[0] == '-' || n == 0 ||
	    n > 1ULL << 30)
		return err_set(err, ERR_USAGE,
		    "'%s' is no size: bytes, or "
		    "with K or M, up to 1024M",
		    value);
	*out = (size_t)n;
	return 0;
}

int
value_time(int64_t *out, const char *value, struct zone *zone, struct err *err)
{
	struct clock_time t;

	if (strcmp(value, "now") == 0) {
		*out = clock_now();
		return 0;
	}
	if (!clock_parse(&t, span_str(value), NULL, zone)) {
		err_set(err, ERR_USAGE, "'%s' is no time", value);
		return err_hint(err,
		    "write 2026-03-01, 2026-03-01T08:00 or "
		    "2026-03-01T08:00:00Z");
	}
	*out = t.from;
	return 0;
}

int
value_region(uint16_t *out, const char *value, struct err *err)
{
	*out = region_code(span_str(value));
	if (*out != REGION_NONE && *out != REGION_WORLD)
		return 0;
	err_set(err, ERR_USAGE, "'%s' is no region", value);
	return err_hint(err, "use two letters as in ISO 3166: CN, US, GB");
}

int
value_count(size_t *out, const char *value, size_t min, size_t max,
    struct err *err)
{
	double n;

	if (value_number(&n, value, (double)min, (double)max, err) < 0)
		return -1;
	*out = (size_t)n;
	if ((double)*out != n)
		return err_set(err, ERR_USAGE, "'%s' is no whole number",
		    value);
	return 0;
}

int
value_area(struct number_rules *rules, const char *value, struct err *err)
{
	size_t n = strlen(value);

	if (strspn(value, "0123456789") != n || n >= sizeof(rules->area))
		return err_set(err, ERR_USAGE, "'%s' is no area code", value);
	memcpy(rules->area, value, n + 1);
	return 0;
}

int64_t
value_span(const char *value)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno || end == value || !*end || end[1] || n > 1000000 ||
	    value[0] == '-')
		return 0;
	switch (*end) {
	case 'h':
		return (int64_t)n * 3600;
	case 'd':
		return (int64_t)n * 86400;
	case 'w':
		return (int64_t)n * 7 * 86400;
	default:
		return 0;
	}
}
