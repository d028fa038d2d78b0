#include "text/numplan.h"
#include "text/numplan_zone_tables.h"

/* Where `prefix` stands in the table; numplan_zone_rows when it does not. */
static size_t
row_of(uint64_t prefix)
{
	size_t lo = 0, hi = numplan_zone_rows;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (numplan_zone_prefixes[mid] < prefix)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < numplan_zone_rows && numplan_zone_prefixes[lo] == prefix ?
	    lo :
	    numplan_zone_rows;
}

/*
 * Do the digits say where the number is?  Mobile numbers have area codes in
 * China, Mexico, Argentina, Brazil and Indonesia only.
 */
static bool
is_geographical(unsigned cc, uint8_t type)
{
	return type == NUMBER_FIXED_LINE ||
	    type == NUMBER_FIXED_LINE_OR_MOBILE ||
	    (type == NUMBER_MOBILE &&
		(cc == 86 || cc == 52 || cc == 54 || cc == 55 || cc == 62));
}

size_t
numplan_zones(const char *out[NUMPLAN_ZONES_MAX], uint64_t key, uint8_t type)
{
	struct numplan_result r;
	uint64_t prefix = key, country;
	size_t row = numplan_zone_rows, n = 0;

	numplan_valid_key(&r, key);
	if (r.cc_digits == 0)
		return 0;
	for (country = key; country >= 1000; country /= 10)
		;
	for (unsigned k = 3; k > r.cc_digits; k--)
		country /= 10;
	if (!is_geographical((unsigned)country, type))
		prefix = country;
	for (; prefix >= country; prefix /= 10) {
		row = row_of(prefix);
		if (row < numplan_zone_rows)
			break;
	}
	if (row == numplan_zone_rows)
		return 0;
	row = numplan_zone_lists[row];
	for (size_t i = numplan_zone_firsts[row];
	     i < numplan_zone_firsts[row + 1]; i++)
		out[n++] = numplan_zone_names +
		    numplan_zone_starts[numplan_zone_members[i]];
	return n;
}
