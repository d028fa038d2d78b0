/* See number_flags.h and number.h. */
#include "text/number_flags.h"

#include <stdio.h>
#include <string.h>

#define R(a, b) ((a) << 8 | (b))
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* ---- names ---- */

static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{ NUMBER_IOT, "iot" },
	{ NUMBER_IP_PREFIX, "ip_prefix" },
	{ NUMBER_NP_AFTER_IP, "np_after_ip" },
	{ NUMBER_SCI_EXACT, "sci_exact" },
	{ NUMBER_FLOAT_TAIL, "float_tail" },
	{ NUMBER_DUP_CC, "dup_cc" },
	{ NUMBER_ODD_SEPARATOR, "odd_separator" },
	{ NUMBER_LEGACY_MX, "legacy_mx" },
	{ NUMBER_SPLIT, "split" },
	{ NUMBER_GLUED, "glued" },
	{ NUMBER_EXT_STYLE, "ext_style" },
	{ NUMBER_AREA_ADDED, "area_added" },
	{ NUMBER_NAME_TAIL, "name_tail" },
	{ NUMBER_LOST_ZERO, "lost_zero" },
	{ NUMBER_FOREIGN, "foreign" },
	{ NUMBER_MVNO, "mvno" },
	{ NUMBER_SATELLITE, "satellite" },
	{ NUMBER_DUMMY, "dummy?" },
	{ NUMBER_SUGGEST, "suggest" },
};

enum { FLAGS = COUNT(flag_names) };

const char *
number_flag_name(uint32_t bit)
{
	for (int i = 0; i < FLAGS; i++)
		if (flag_names[i].bit == bit)
			return flag_names[i].name;
	return NULL;
}

static size_t
append(char *out, size_t n, const char *word, const char *value)
{
	if (n >= NUMBER_FLAGS_MAX)
		return n;
	return n +
	    (size_t)snprintf(out + n, NUMBER_FLAGS_MAX - n, "%s%s%s",
		n > 0 ? "," : "", word, value);
}

size_t
number_flags_text(char out[NUMBER_FLAGS_MAX], const struct number_cell *c)
{
	size_t n = 0;
	char text[NUMBER_TEXT_MAX] = "";

	out[0] = '\0';
	for (int i = 0; i < FLAGS; i++) {
		uint32_t bit = flag_names[i].bit;

		if (!(c->flags & bit) || bit == NUMBER_EXT_STYLE)
			continue;
		if (bit == NUMBER_SUGGEST && c->count > 0) {
			number_e164(text, c->number[0].key);
			n = append(out, n, "suggest:", text);
		} else {
			n = append(out, n, flag_names[i].name, "");
		}
	}
	for (int i = 0; i < c->count && number_readable(c); i++)
		if (c->number[i].ext[0])
			n = append(out, n, "ext=", c->number[i].ext);
	return n < NUMBER_FLAGS_MAX ? n : NUMBER_FLAGS_MAX - 1;
}

/* ---- ranges of valid numbers ---- */

/* Mobile ranges of mainland China by their first four digits, ascending. */
static const struct {
	uint16_t from, to;
	uint32_t note;
} cn_mobile_ranges[] = {
	{ 1349, 1349, NUMBER_SATELLITE },
	{ 1620, 1629, NUMBER_MVNO }, /* Telecom */
	{ 1650, 1659, NUMBER_MVNO }, /* Mobile */
	{ 1670, 1679, NUMBER_MVNO }, /* Unicom */
	/* 1700-1702 Telecom, 1703 1705 1706 Mobile, the others Unicom */
	{ 1700, 1719, NUMBER_MVNO },
	{ 1740, 1740, NUMBER_SATELLITE },
	{ 9999, 9999, 0 },
};

static bool
cn_mobile(uint64_t key)
{
	return key >= 8610000000000 && key < 8620000000000;
}

static uint32_t
cn_notes(uint64_t key)
{
	unsigned front = (unsigned)(key / 10000000 - 860000);
	int i = 0;

	if (!cn_mobile(key) || front > 1740)
		return 0;
	while (cn_mobile_ranges[i].to < front)
		i++;
	return front >= cn_mobile_ranges[i].from ? cn_mobile_ranges[i].note : 0;
}

bool
number_is_dummy(uint64_t key, uint16_t region)
{
	if (region != R('C', 'N'))
		return key % 1000000000 % 111111111 == 0; /* nine */
	return cn_mobile(key) &&
	    (key % 100000000 % 11111111 == 0 || key == NUMBER_HOTLINE);
}

static uint64_t
calling_code(const struct numplan_result *r)
{
	uint64_t scale = 1, cc = r->key;

	for (unsigned i = 0; i < r->cc_digits; i++)
		scale *= 10;
	while (cc >= scale)
		cc /= 10;
	return cc;
}

/* Inmarsat; Iridium and Globalstar; Thuraya and other networks */
static bool
is_satellite(uint64_t cc)
{
	return cc == 870 || cc == 881 || cc == 882 || cc == 883;
}

/*
 * Every cell passes here: a number of the home region is settled without
 * finding out its calling code, which takes a division a digit.
 */
uint32_t
number_notes(const struct numplan_result *r, uint16_t region)
{
	uint32_t notes = number_is_dummy(r->key, r->region) ? NUMBER_DUMMY : 0;

	if (r->region == R('C', 'N'))
		notes |= cn_notes(r->key);
	if (r->region == region)
		return notes;
	if (r->region == REGION_WORLD && is_satellite(calling_code(r)))
		notes |= NUMBER_SATELLITE;
	if (region && region_calling_code(region) != calling_code(r))
		notes |= NUMBER_FOREIGN;
	return notes;
}

/* ---- digits that are no subscriber ---- */

struct range {
	uint16_t region; /* 0: everywhere */
	const char *front;
	uint8_t least, most; /* digits in all */
};

/*
 * Mainland China, machine-to-machine and data cards: eleven digits, or
 * thirteen.  Sources: the ministry's numbering plan of 2017 and its later
 * allotments; libphonenumber leaves these ranges out of its plan.
 */
static const struct range iot_ranges[] = {
	{ 0, "140", 11, 13 },
	{ 0, "141", 11, 13 },
	{ 0, "144", 11, 13 },
	{ 0, "146", 11, 13 },
	{ 0, "148", 11, 13 },
	{ 0, "149", 11, 13 },
	{ 0, "106", 11, 11 },
	{ 0, "106", 13, 13 },
	{ 0, "172", 13, 13 },
};

/*
 * Emergency, operator, information and government services.  Sources: the
 * short-number metadata of libphonenumber and the regulators' lists.  Those of
 * a region stand together, regions in the order of their letters.
 */
static const struct range service_ranges[] = {
	{ 0, "112", 3, 3 },
	{ 0, "911", 3, 3 },
	{ R('A', 'E'), "99", 3, 3 },
	{ R('A', 'R'), "1", 3, 3 },
	{ R('A', 'T'), "1", 3, 3 },
	{ R('A', 'T'), "116", 6, 6 },
	{ R('A', 'T'), "118", 5, 6 },
	{ R('A', 'U'), "000", 3, 3 },
	{ R('A', 'U'), "106", 3, 3 },
	{ R('A', 'U'), "12", 3, 5 },
	{ R('B', 'E'), "1", 3, 3 },
	{ R('B', 'G'), "1", 3, 3 },
	{ R('B', 'R'), "1", 3, 3 },
	{ R('B', 'R'), "10", 5, 5 },
	{ R('C', 'H'), "1", 3, 4 },
	{ R('C', 'H'), "116", 6, 6 },
	{ R('C', 'L'), "13", 3, 3 },
	{ R('C', 'N'), "1", 3, 3 },   /* 110 119 120 122 114 ... */
	{ R('C', 'N'), "10", 5, 5 },  /* 10000 10010 10086 10099 */
	{ R('C', 'N'), "100", 6, 8 }, /* 1008611 */
	{ R('C', 'N'), "11", 5, 5 },  /* 11185 */
	{ R('C', 'N'), "12", 5, 6 },  /* 12306 12345 12580 125800 */
	{ R('C', 'N'), "116114", 6, 6 },
	{ R('C', 'N'), "118114", 6, 6 },
	{ R('C', 'N'), "1258", 7, 8 },
	{ R('C', 'N'), "95", 5, 8 }, /* banks, insurers, couriers */
	{ R('C', 'N'), "96", 5, 6 }, /* services of a province */
	{ R('C', 'N'), "16", 5, 5 },
	{ R('C', 'N'), "106", 8, 10 }, /* senders of text messages */
	{ R('C', 'N'), "106", 12, 12 },
	{ R('C', 'N'), "106", 14, 20 },
	{ R('C', 'O'), "1", 3, 3 },
	{ R('C', 'Z'), "15", 3, 3 },
	{ R('D', 'E'), "11", 3, 3 },
	{ R('D', 'E'), "116", 6, 6 },
	{ R('D', 'E'), "118", 5, 6 },
	{ R('E', 'G'), "1", 3, 3 },
	{ R('E', 'S'), "0", 3, 3 },
	{ R('E', 'S'), "1", 3, 4 },
	{ R('E', 'S'), "116", 6, 6 },
	{ R('E', 'S'), "118", 5, 5 },
	{ R('F', 'R'), "1", 2, 3 },
	{ R('F', 'R'), "116", 6, 6 },
	{ R('F', 'R'), "118", 6, 6 },
	{ R('F', 'R'), "10", 4, 4 },
	{ R('F', 'R'), "3", 4, 4 },
	{ R('G', 'B'), "999", 3, 3 },
	{ R('G', 'B'), "1", 3, 3 },
	{ R('G', 'B'), "116", 6, 6 },
	{ R('G', 'B'), "118", 6, 6 },
	{ R('G', 'R'), "1", 3, 5 },
	{ R('H', 'K'), "99", 3, 3 },
	{ R('H', 'K'), "1", 3, 5 },
	{ R('H', 'U'), "10", 3, 3 },
	{ R('I', 'D'), "11", 3, 3 },
	{ R('I', 'E'), "999", 3, 3 },
	{ R('I', 'E'), "116", 6, 6 },
	{ R('I', 'L'), "1", 3, 3 },
	{ R('I', 'N'), "1", 3, 5 },
	{ R('I', 'T'), "1", 3, 4 },
	{ R('I', 'T'), "116", 6, 6 },
	{ R('J', 'P'), "1", 3, 3 },
	{ R('K', 'R'), "1", 3, 4 },
	{ R('K', 'Z'), "10", 3, 3 },
	{ R('M', 'O'), "99", 3, 3 },
	{ R('M', 'O'), "1", 3, 3 },
	{ R('M', 'X'), "0", 3, 3 },
	{ R('M', 'X'), "8", 3, 3 },
	{ R('M', 'Y'), "999", 3, 3 },
	{ R('N', 'G'), "199", 3, 3 },
	{ R('N', 'L'), "116", 6, 6 },
	{ R('N', 'L'), "144", 3, 3 },
	{ R('N', 'Z'), "111", 3, 3 },
	{ R('N', 'Z'), "105", 3, 3 },
	{ R('P', 'E'), "1", 3, 3 },
	{ R('P', 'H'), "117", 3, 3 },
	{ R('P', 'K'), "1", 2, 4 },
	{ R('P', 'L'), "99", 3, 3 },
	{ R('P', 'L'), "116", 6, 6 },
	{ R('P', 'T'), "1", 3, 4 },
	{ R('P', 'T'), "116", 6, 6 },
	{ R('R', 'O'), "116", 6, 6 },
	{ R('R', 'U'), "0", 2, 2 },
	{ R('R', 'U'), "10", 3, 3 },
	{ R('S', 'A'), "9", 3, 3 },
	{ R('S', 'G'), "99", 3, 3 },
	{ R('S', 'G'), "1", 4, 4 },
	{ R('S', 'K'), "15", 3, 3 },
	{ R('T', 'H'), "1", 3, 4 },
	{ R('T', 'R'), "1", 3, 3 },
	{ R('T', 'W'), "1", 3, 4 },
	{ R('U', 'A'), "10", 3, 3 },
	{ R('V', 'N'), "11", 3, 3 },
	{ R('Z', 'A'), "10", 3, 5 },
};

/* The same for all of the North American plan. */
static const char *const nanp_services[] = {
	"211",
	"311",
	"411",
	"511",
	"611",
	"711",
	"811",
	"911",
	"988",
	"933",
	"0",
	"00",
};

/* Do the digits begin with `front`? */
static bool
begin_with(const char *digits, const char *front)
{
	while (*front && *digits == *front) {
		digits++;
		front++;
	}
	return *front == '\0';
}

static bool
in_range(const struct range *r, const char *digits, int n)
{
	return n >= r->least && n <= r->most && begin_with(digits, r->front);
}

bool
number_is_iot(const char *digits, int n)
{
	if (n < 11 || n == 12)
		return false;
	for (size_t i = 0; i < COUNT(iot_ranges); i++)
		if (in_range(&iot_ranges[i], digits, n))
			return true;
	return false;
}

/* The first range of the region, or of one behind it. */
static const struct range *
services_of(uint16_t region)
{
	const struct range *from = service_ranges;
	size_t n = COUNT(service_ranges);

	while (n > 0) {
		size_t half = n / 2;

		if (from[half].region < region) {
			from += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return from;
}

/* Of the ranges from r on that are of this region, is it in one? */
static bool
in_services(const struct range *r, const char *digits, int n, uint16_t region)
{
	for (;
	     r < service_ranges + COUNT(service_ranges) && r->region == region;
	     r++)
		if (in_range(r, digits, n))
			return true;
	return false;
}

bool
number_is_service(const char *digits, int n, uint16_t region)
{
	if (region_calling_code(region) == 1)
		for (size_t i = 0; i < COUNT(nanp_services); i++)
			if ((size_t)n == strlen(nanp_services[i]) &&
			    memcmp(digits, nanp_services[i], (size_t)n) == 0)
				return true;
	return in_services(service_ranges, digits, n, 0) ||
	    in_services(services_of(region), digits, n, region);
}

/*
 * Area codes to try in front of a number without one.  Any area will do
 * whose numbers have that length: the question is only whether the digits
 * could be a subscriber's.
 */
static const struct {
	uint16_t cc;
	uint8_t least, most;
	const char *area;
} local_areas[] = {
	{ 86, 8, 8, "755" },
	{ 86, 7, 7, "731" },
	{ 86, 7, 7, "310" },
	{ 1, 7, 7, "201" },
	{ 44, 8, 8, "20" },
	{ 44, 7, 7, "121" },
	{ 44, 6, 6, "1903" },
	{ 44, 5, 5, "1204" },
	{ 49, 5, 8, "30" },
	{ 43, 5, 8, "1" },
	{ 41, 7, 7, "44" },
	{ 353, 7, 7, "1" },
	{ 31, 7, 7, "20" },
	{ 32, 7, 7, "2" },
	{ 46, 5, 8, "8" },
	{ 358, 5, 8, "9" },
	{ 36, 7, 7, "1" },
	{ 36, 6, 6, "22" },
	{ 380, 7, 7, "44" },
	{ 375, 7, 7, "17" },
	{ 7, 7, 7, "495" },
	{ 7, 7, 7, "727" },
	{ 90, 7, 7, "212" },
	{ 972, 7, 7, "2" },
	{ 971, 7, 7, "4" },
	{ 966, 7, 7, "11" },
	{ 20, 7, 8, "2" },
	{ 234, 7, 7, "1" },
	{ 254, 7, 7, "20" },
	{ 27, 7, 7, "11" },
	{ 91, 8, 8, "22" },
	{ 91, 7, 7, "261" },
	{ 91, 6, 6, "4712" },
	{ 92, 7, 8, "21" },
	{ 81, 8, 8, "3" },
	{ 81, 7, 7, "45" },
	{ 81, 6, 6, "138" },
	{ 82, 7, 8, "2" },
	{ 886, 8, 8, "2" },
	{ 886, 7, 7, "3" },
	{ 60, 8, 8, "3" },
	{ 60, 7, 7, "4" },
	{ 62, 7, 8, "21" },
	{ 63, 8, 8, "2" },
	{ 63, 7, 7, "32" },
	{ 84, 8, 8, "24" },
	{ 66, 7, 7, "2" },
	{ 61, 8, 8, "2" },
	{ 64, 7, 7, "3" },
	{ 52, 8, 8, "55" },
	{ 52, 7, 7, "222" },
	{ 54, 8, 8, "11" },
	{ 54, 7, 7, "351" },
	{ 54, 6, 6, "2902" },
	{ 55, 8, 9, "11" },
	{ 56, 8, 8, "2" },
	{ 57, 7, 7, "601" },
	{ 58, 7, 7, "212" },
	{ 51, 7, 7, "1" },
	{ 593, 7, 7, "2" },
	{ 591, 7, 7, "2" },
	{ 595, 6, 6, "21" },
};

enum { LOCAL_MIN = 5, LOCAL_MAX = 9 }; /* of these */

uint64_t
number_local_probe(const char *digits, int n, uint16_t region, int i)
{
	unsigned cc = region_calling_code(region);
	uint64_t key = cc;

	/* no subscriber's number starts with 0; in China nor with 1 */
	if (n < LOCAL_MIN || n > LOCAL_MAX || digits[0] == '0' ||
	    (cc == 86 && digits[0] == '1'))
		return 0;
	for (size_t k = 0; k < COUNT(local_areas); k++) {
		if (local_areas[k].cc != cc || n < local_areas[k].least ||
		    n > local_areas[k].most || i-- > 0)
			continue;
		for (const char *p = local_areas[k].area; *p; p++)
			key = key * 10 + (uint64_t)(*p - '0');
		for (int d = 0; d < n; d++)
			key = key * 10 + (uint64_t)(digits[d] - '0');
		return key;
	}
	return 0;
}

/*
 * Prefixes for cheap long distance and call-back on Chinese mobiles.  The
 * plan knows 179xx, 11xxx and 12xxx of five digits; these also occur.
 */
static const char *const ip_prefixes[] = {
	"125831",
	"125832",
	"125833",
	"10193",
	"10131",
	"193",
	"197",
};

int
number_ip_prefix(const char *digits, int n)
{
	if (digits[0] != '1')
		return 0;
	if (n > 5 &&
	    (digits[1] == '1' || digits[1] == '2' ||
		(digits[1] == '7' && digits[2] == '9')) &&
	    strncmp(digits, "12583", 5) != 0)
		return 5;
	for (size_t i = 0; i < COUNT(ip_prefixes); i++) {
		int k = (int)strlen(ip_prefixes[i]);

		if (n > k && memcmp(digits, ip_prefixes[i], (size_t)k) == 0)
			return k;
	}
	return n > 5 && strncmp(digits, "12583", 5) == 0 ? 5 : 0;
}
