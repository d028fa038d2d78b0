#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/list_lane.h"
#include "flow/lists.h"
#include "flow/scrub.h"
#include "text/csv_lane.h"

/*
 * A list of lines of all kinds is written twice: plainly, and with quotes,
 * which send every line the long way.  Both must say the same.
 */

/* 2026-03-01T04:00:00Z */
static const int64_t AS_OF = 1772337600;

/* ---- a generator of its own: the same lists in every run ---- */

static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % below);
}

enum { LONG_LINE = 8192 };

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(*(array))))
#define DRAW(state, array) ((array)[draw(state, COUNT(array))])

enum what {
	NUMBER,
	REASON,
	EXPIRES,
	GRANTED,
	WITHDRAWN,
	CALLED,
	TOPIC,
	CHANNEL,
	CAMPAIGN,
	PURPOSE,
	STATUS,
	OUTCOME,
	REGION,
	NAME, /* means nothing to a list */
	PAD,  /* nor does this; "x" where lines go the long way, else xxx */
	WHATS
};

static const char *const headers[WHATS] = { "number", "reason", "expires_at",
	"granted_at", "withdrawn_at", "called_at", "topic", "channel",
	"campaign_only", "purpose", "status", "outcome", "region", "name",
	"pad" };

/* A list of some shape. */
struct shape {
	enum list_kind kind;
	enum what column[WHATS];
	unsigned columns;
	char delimiter;
	bool gb;        /* in GB18030; else in UTF-8 */
	bool quote_all; /* with quotes around all fields, not one */
	unsigned odd;   /* so many of 1000 fields are unusual */
	unsigned lines;
	size_t max_record;
	const char *eol;
	const unsigned *plain; /* number_text()s in usual lines */
	unsigned plains;
};

static void
column_maybe(struct shape *s, enum what w, unsigned percent, uint64_t *state)
{
	if (draw(state, 100) < percent)
		s->column[s->columns++] = w;
}

static void
shape_draw(struct shape *s, enum list_kind kind, size_t max_record,
    uint64_t *state)
{
	static const unsigned odds[] = { 0, 3, 3, 20, 20, 300 };
	static const unsigned lines[] = { 0, 1, 2, 5, 40, 150, 150, 700 };

	*s = (struct shape){ .kind = kind,
		.delimiter = ",,;\t"[draw(state, 4)],
		.gb = draw(state, 3) == 0,
		.odd = DRAW(state, odds),
		.lines = DRAW(state, lines),
		.max_record = max_record,
		.eol = draw(state, 3) ? "\n" : "\r\n" };
	s->column[s->columns++] = NUMBER;
	column_maybe(s, REASON, kind <= LIST_LISTED ? 70 : 10, state);
	if (kind != LIST_CALLS)
		column_maybe(s, EXPIRES, 50, state);
	if (kind == LIST_CONSENT) {
		column_maybe(s, GRANTED, 90, state);
		column_maybe(s, WITHDRAWN, 40, state);
		column_maybe(s, PURPOSE, 20, state);
		column_maybe(s, STATUS, 15, state);
	}
	if (kind == LIST_CALLS) {
		s->column[s->columns++] = CALLED;
		column_maybe(s, OUTCOME, 40, state);
	} else {
		column_maybe(s, TOPIC, 20, state);
		column_maybe(s, CAMPAIGN, 20, state);
	}
	column_maybe(s, CHANNEL, 20, state);
	column_maybe(s, REGION, 4, state);
	column_maybe(s, NAME, 50, state);
	s->quote_all = draw(state, 2);
	if (!s->quote_all)
		s->column[s->columns++] = PAD;
	for (unsigned i = s->columns; i > 1; i--) {
		unsigned k = draw(state, i);
		enum what w = s->column[i - 1];

		s->column[i - 1] = s->column[k];
		s->column[k] = w;
	}
}

/* Texts that may be numbers, and what else stands in such columns. */
static const char *const odd_numbers[] = { "", "-", "abc", "110", "12345",
	"0755*", "+86755*", "138 1234 5678", "138-1234-5678", "(202) 555-0143",
	"13812345678/13912345678", "13812345678 13912345678", "13800000000~09",
	"1.38E+10", "1.3812345678E+10", "20251118082310", "=\"13812345678\"",
	"'13812345678", "+86 138 1234 5678 x12", "138123456789", "0138123456",
	"+8613812345678+", "１３８１２３４５６７８", "tel:+12025550143",
	"138****5678", "02012345678", "5550143", "+86 86 13812345678",
	"8613812345678.0", "13812345678\t" };

/* The beginnings of others; with a country code they may have two readings. */
static const char *const fronts[] = { "+86138", "138", "86138", "+1202555",
	"202555", "1202555", "+4420794", "4420794", "+491511", "491511",
	"4949151", "+4949151", "+626212", "+8602180", "02180", "8686755",
	"+8686755", "+8610801", "010801", "+6565", "+5252", "525255", "+9191",
	"9191" };

enum { NUMBER_FRONTS = COUNT(fronts), NUMBER_TAILS = 3, NUMBER_LENGTHS = 6 };

/* The n-th of all texts with such a beginning. */
static void
number_text(char out[32], unsigned n)
{
	static const char *const tails[NUMBER_TAILS] = { "5512345670",
		"1234567890", "0143019876" };
	unsigned length = 10 + n % NUMBER_LENGTHS;
	const char *front = fronts[n / NUMBER_LENGTHS % NUMBER_FRONTS];
	const char *tail = tails[n / NUMBER_LENGTHS / NUMBER_FRONTS];

	snprintf(out, 32, "%s%.*s", front,
	    (int)(length + (*front == '+') - strlen(front)), tail);
}

enum { NUMBER_TEXTS = NUMBER_FRONTS * NUMBER_TAILS * NUMBER_LENGTHS };

/* Those that the lane takes in a run in `region`. */
static unsigned
plain_texts(unsigned out[NUMBER_TEXTS], uint16_t region)
{
	static struct number_memo m;
	struct number_plain plain;
	unsigned i, n = 0;
	char text[32];

	number_memo_init(&m, region);
	for (i = 0; i < NUMBER_TEXTS; i++) {
		number_text(text, i);
		if (number_memo_read(&m, span_str(text), &plain) &&
		    plain.one_reading)
			out[n++] = i;
	}
	return n;
}

/* Only those that are as long as one of them, and begin with a plus if it does:
 * most lists have such. */
static unsigned
plain_alike(unsigned texts[NUMBER_TEXTS], unsigned n, uint64_t *state)
{
	char one[32], text[32];
	unsigned alike = 0;

	number_text(one, texts[draw(state, n)]);
	for (unsigned i = 0; i < n; i++) {
		number_text(text, texts[i]);
		if (strlen(text) == strlen(one) &&
		    (*text == '+') == (*one == '+'))
			texts[alike++] = texts[i];
	}
	return alike;
}

static void
time_text(char out[40], bool odd, uint64_t *state)
{
	static const char *const usual[] = { "2026-03-01T03:59:59Z",
		"2026-03-01T04:00:00Z", "2026-03-01T04:00:01Z",
		"2000-01-01T00:00:00Z", "2000-01-01T00:00:01Z",
		"1999-12-31T23:59:59Z", "1970-01-01T00:00:00Z",
		"2099-12-31T23:59:59Z", "2137-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z", "2028-02-29T12:00:00Z",
		"1969-07-20T20:17:40Z",
		/* where the windows of caps begin, and a second off */
		"2026-02-22T15:59:59Z", "2026-02-22T16:00:00Z",
		"2026-02-22T16:00:01Z", "2026-02-22T03:59:59Z",
		"2026-02-22T04:00:00Z", "2026-02-22T04:00:01Z" };
	static const char *const others[] = { "", "", "2026-03-01",
		"2026-02-28", "2026/2/28", "20260228", "2026-02-28 10:00:00",
		"2026-02-28T10:00:00", "2026-03-01T12:00:00+08:00",
		"2026-02-28T24:00:00Z", "2026-02-28T23:59:60Z",
		"2026-02-28t10:00:00Z", "2026-02-28T10:00:00z",
		"2026-02-29T10:00:00Z", "2026-02-30T10:00:00Z",
		"2026-13-01T10:00:00Z", "0000-00-00T00:00:00Z", "soon", "yes",
		"no", "28/02/2026", "2026-02-28T10:00:00.5Z", "2027-01-01",
		"1899-01-01T00:00:00Z", "2026-02-28T10:00:0" };

	if (odd)
		snprintf(out, 40, "%s", DRAW(state, others));
	else if (draw(state, 4) == 0)
		snprintf(out, 40, "%s", DRAW(state, usual));
	else
		clock_text(out,
		    AS_OF - 86400 * 40 + (int64_t)draw(state, 86400 * 50));
}

static const char *
reason_text(const struct shape *s, bool odd, uint64_t *state)
{
	static const char *const words[] = { "", "request", "complaint",
		"opt_out", "legal", "dead number", "other", "malicious caller",
		"litigator", "policy", "x", "customer asked us to stop" };
	static const char *const utf8[] = { "客户要求", "投诉", "空号" };
	static const char *const gb[] = { "\xBF\xCD\xBB\xA7\xD2\xAA\xC7\xF3",
		"\xCD\xB6\xCB\xDF", "\xBF\xD5\xBA\xC5" };
	static const char *const others[] = {
		"a reason that is longer than anything that is kept of one",
		"exactly thirty-two bytes of text", "say \"no\"", "\x01request",
		"\xC2\xA0request\xC2\xA0"
	};

	if (odd)
		return DRAW(state, others);
	if (draw(state, 4))
		return DRAW(state, words);
	return s->gb ? DRAW(state, gb) : DRAW(state, utf8);
}

static const char *
limit_text(enum what w, uint64_t *state)
{
	static const char *const scopes[] = { "loans", "cards", "all", "*",
		"loans/cards", "-" };
	static const char *const channels[] = { "voice", "sms", "all", "fax" };
	static const char *const stati[] = { "active", "revoked", "",
		"perhaps" };
	static const char *const outcomes[] = { "ANSWERED", "NO ANSWER",
		"busy" };
	static const char *const regions[] = { "US", "CN", "DE", "nowhere" };

	switch (w) {
	case CHANNEL:
		return DRAW(state, channels);
	case STATUS:
		return DRAW(state, stati);
	case OUTCOME:
		return DRAW(state, outcomes);
	case REGION:
		return DRAW(state, regions);
	default:
		return DRAW(state, scopes);
	}
}

/* What stands in a field, in `out` or constant. */
static const char *
field_text(const struct shape *s, enum what w, char out[40], uint64_t *state)
{
	static const char *const names[] = { "", "Ann", "Bob B.", "13800000001",
		"2026-01-01T00:00:00Z" };
	bool odd = draw(state, 1000) < s->odd;

	switch (w) {
	case NUMBER:
		if (odd)
			return DRAW(state, odd_numbers);
		number_text(out,
		    draw(state, 1000) < s->odd ?
			draw(state, NUMBER_TEXTS) :
			s->plain[draw(state, s->plains)]);
		return out;
	case REASON:
		return reason_text(s, odd, state);
	case EXPIRES:
	case WITHDRAWN:
		if (!odd && draw(state, 2))
			return "";
		/* fall through */
	case GRANTED:
	case CALLED:
		time_text(out, odd, state);
		return out;
	case NAME:
		return odd ? "5\" disk" : DRAW(state, names);
	case STATUS:
		return odd ? limit_text(w, state) : "active";
	case PAD:
		return "xxx";
	default:
		return odd ? limit_text(w, state) : "";
	}
}

static void
quoted_add(struct buf *b, const char *text)
{
	buf_addc(b, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(b, '"');
		buf_addc(b, *text);
	}
	buf_addc(b, '"');
}

static void
both_add(struct buf both[2], const char *text)
{
	buf_adds(&both[0], text);
	buf_adds(&both[1], text);
}

static void
both_fill(struct buf both[2], char c, size_t n)
{
	for (; n > 0; n--) {
		buf_addc(&both[0], c);
		buf_addc(&both[1], c);
	}
}

/* Bytes that make this line a very long one; mostly 0. */
static size_t
filling(const struct shape *s, size_t length, uint64_t *state)
{
	size_t want = 0;

	if (draw(state, 1000) >= s->odd)
		return 0;
	if (draw(state, 3) == 0)
		want = LONG_LINE - 100 + draw(state, 200);
	else if (s->max_record > 0)
		/* with a quote more than before, a line may become too long */
		want = s->quote_all ? s->max_record + 100 :
				      s->max_record - 3 + draw(state, 6);
	return want > length ? want - length : 0;
}

static void
field_add(struct buf both[2], const struct shape *s, enum what w, size_t start,
    uint64_t *state)
{
	static const char *const blanks[] = { " ", "  ", " \t" };
	char text[40];
	const char *says = field_text(s, w, text, state);
	const char *blank = draw(state, 1000) < s->odd ? DRAW(state, blanks) :
							 "";
	size_t fill = w == NAME ? filling(s, both[0].n - start, state) : 0;

	if (s->delimiter == '\t')
		blank = *blank ? " " : "";
	if (strchr(says, '\t')) /* a delimiter, or what will be trimmed */
		says = "13812345678";
	both_add(both, blank);
	if (fill) {
		both_fill(both, 'y', fill);
	} else if ((w == PAD || s->quote_all) && (*says || s->columns > 1)) {
		/* (a quoted nothing alone would be a record) */
		buf_adds(&both[0], says);
		quoted_add(&both[1], w == PAD ? "x" : says);
	} else {
		both_add(both, says);
	}
	both_add(both, blank);
}

/* One that both files have as it is. */
static void
ragged_add(struct buf both[2], const struct shape *s, uint64_t *state)
{
	unsigned fields = 1 + draw(state, s->columns + 3);
	char text[40];

	for (unsigned i = 0; i < fields; i++) {
		if (i > 0)
			both_fill(both, s->delimiter, 1);
		both_add(both,
		    field_text(s, s->column[i % s->columns], text, state));
	}
}

static void
line_add(struct buf both[2], const struct shape *s, uint64_t *state)
{
	static const char *const blanks[] = { "", " ", " \t " };
	static const char *const ends[] = { "\n", "\r\n", "\r\n", "\r",
		"\r\r\n", "\n\n" };
	size_t start = both[0].n;

	if (draw(state, 1000) < s->odd)
		both_add(both, DRAW(state, blanks));
	else if (draw(state, 1000) < s->odd)
		ragged_add(both, s, state);
	else
		for (unsigned i = 0; i < s->columns; i++) {
			if (i > 0)
				both_fill(both, s->delimiter, 1);
			field_add(both, s, s->column[i], start, state);
		}
	both_add(both, draw(state, 1000) < s->odd ? DRAW(state, ends) : s->eol);
}

static void
list_write(struct buf both[2], const struct shape *s, uint64_t *state)
{
	for (unsigned i = 0; i < s->columns; i++) {
		if (i > 0)
			both_fill(both, s->delimiter, 1);
		both_add(both,
		    s->column[i] == CAMPAIGN && s->kind <= LIST_LISTED ?
			"campaign" :
			headers[s->column[i]]);
	}
	both_add(both, s->eol);
	for (unsigned i = 0; i < s->lines; i++)
		line_add(both, s, state);
	if (s->lines > 0 && draw(state, 3) == 0) {
		both[0].n--;
		both[1].n--;
	}
}

/* ---- loading, and what comes of it ---- */

enum { LISTS = 2 };

/* A run: its lists as files in a folder of their own, and what it asks. */
struct run {
	char dir[32];
	char path[LISTS][48], rejects[48];
	struct buf text[LISTS][2];
	struct list_spec spec[LISTS];
	struct list_setting map[LISTS];
	struct policy policy;
	struct lists_options o;
};

static void
file_write(const char *path, struct span text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f != NULL);
	cr_assert(fwrite(text.p, 1, text.n, f) == text.n);
	cr_assert(fclose(f) == 0);
}

static void
run_write(const struct run *run, bool quoted)
{
	for (size_t i = 0; i < run->o.specs; i++)
		file_write(run->path[i], buf_span(&run->text[i][quoted]));
}

/* An open zone is the process's: one for all runs. */
static void
run_begin(struct run *run, struct zone *zone)
{
	*run = (struct run){ .dir = "/tmp/test_lane.XXXXXX" };
	cr_assert(mkdtemp(run->dir) != NULL);
	for (size_t i = 0; i < LISTS; i++) {
		snprintf(run->path[i], sizeof(run->path[i]), "%s/%zu.csv",
		    run->dir, i);
		run->text[i][0] = BUF_INIT(1 << 24);
		run->text[i][1] = BUF_INIT(1 << 24);
	}
	snprintf(run->rejects, sizeof(run->rejects), "%s/rejects", run->dir);
	run->policy = (struct policy){ .as_of = AS_OF, .zone = zone };
	run->o = (struct lists_options){ .spec = run->spec,
		.policy = &run->policy,
		.max_bad = 100,
		.rejects = run->rejects,
		.map = run->map,
		.topic = "loans" };
}

static void
run_end(struct run *run)
{
	for (size_t i = 0; i < LISTS; i++) {
		unlink(run->path[i]);
		buf_release(&run->text[i][0]);
		buf_release(&run->text[i][1]);
	}
	unlink(run->rejects);
	rmdir(run->dir);
}

static void
cap_add(struct policy *p, const char *text)
{
	struct err err;

	cr_assert(cap_parse(&p->cap[p->caps++], span_str(text), &err) == 0);
}

static void
run_draw(struct run *run, uint64_t *state)
{
	static const char *const kinds[] = { "dnc", "listed", "consent",
		"calls", "allow" };
	static const char *const regions[] = { "", "CN", "CN", "US", "DE" };
	size_t max_record = draw(state, 2) ? 0 : 256 + draw(state, 100);
	unsigned plain[NUMBER_TEXTS], plains;
	struct shape shape;

	run->o.max_record = max_record;
	run->o.rules.region = region_code(span_str(DRAW(state, regions)));
	plains = plain_texts(plain, run->o.rules.region);
	if (draw(state, 2))
		plains = plain_alike(plain, plains, state);
	if (draw(state, 2))
		cap_add(&run->policy, "3/week");
	if (draw(state, 3) == 0)
		cap_add(&run->policy, "2/7d answered");
	policy_prepare(&run->policy);
	run->o.specs = 1 + draw(state, LISTS);
	for (size_t i = 0; i < run->o.specs; i++) {
		enum list_kind kind = (enum list_kind)draw(state, LIST_KINDS);

		shape_draw(&shape, kind, max_record, state);
		shape.plain = plain;
		shape.plains = plains;
		list_write(run->text[i], &shape, state);
		run->spec[i] = (struct list_spec){ kind, kinds[kind],
			run->path[i] };
		for (unsigned k = 0; k < shape.columns; k++)
			if (shape.column[k] == REGION)
				run->map[run->o.maps++] = (struct list_setting){
					kinds[kind], COLUMN_REGION, "region"
				};
	}
}

/* What a run has made of its lists. */
struct outcome {
	bool failed;
	struct err err;
	struct lists lists;
	struct buf rejects; /* list, file, line, reason of each */
};

/* The fields of the report but for the record, which has quotes or not. */
static void
rejects_read(struct buf *out, const char *path)
{
	static char line[1 << 16];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		char *p = line;

		for (int commas = 0; *p && commas < 4; p++)
			commas += *p == ',';
		buf_add(out, line, (size_t)(p - line));
		buf_addc(out, '\n');
	}
	if (f)
		fclose(f);
}

static void
load(struct outcome *out, const struct run *run, size_t block, size_t threads)
{
	struct lists_options o = run->o;

	*out = (struct outcome){ .rejects = BUF_INIT(1 << 24) };
	o.block = block;
	o.threads = threads;
	unlink(run->rejects);
	out->failed = lists_load(&out->lists, &o, &out->err) < 0;
	rejects_read(&out->rejects, run->rejects);
}

static void
outcome_release(struct outcome *o)
{
	if (!o->failed)
		lists_release(&o->lists);
	buf_release(&o->rejects);
}

/* A fact, and of a consent when it was given in place of its serial. */
struct known {
	struct fact fact;
	uint32_t granted;
};

static int
known_order(const void *a, const void *b)
{
	const struct known *k = a, *l = b;
	uint64_t x = fact_pack(&k->fact), y = fact_pack(&l->fact);

	if (x != y)
		return x < y ? -1 : 1;
	return (k->granted > l->granted) - (k->granted < l->granted);
}

enum { KNOWN_MAX = 1000 };

static size_t
known_of(struct known *out, const struct facts *table, uint64_t key)
{
	struct facts_found found = { 0 };
	uint32_t granted[FACT_SERIALS_MAX] = { 0 };
	struct err err;
	size_t n = 0, i;

	cr_assert(
	    facts_find(table, key, facts_home(table, key), &found, &err) >= 0);
	cr_assert(found.n <= KNOWN_MAX);
	for (i = 0; i < found.n; i++) {
		fact_unpack(&out[n].fact, found.fact[i]);
		out[n].granted = 0;
		if (out[n].fact.kind == FACT_GRANTED)
			granted[out[n].fact.n] = out[n].fact.until;
		else
			n++;
	}
	for (i = 0; i < n; i++)
		if (out[i].fact.kind == FACT_CONSENT) {
			out[i].granted = granted[out[i].fact.n];
			out[i].fact.n = 0;
		}
	facts_found_release(&found);
	qsort(out, n, sizeof(*out), known_order);
	return n;
}

/* Returns how many facts there are. */
static size_t
same_key(const struct facts *a, const struct facts *b, uint64_t key,
    uint64_t seed)
{
	static struct known want[KNOWN_MAX], got[KNOWN_MAX];
	size_t n = known_of(want, a, key), k = known_of(got, b, key), i;

	cr_expect(n == k,
	    "key %" PRIu64 " has %zu facts, not %zu; seed %" PRIu64, key, k, n,
	    seed);
	for (i = 0; i < n && i < k; i++)
		cr_expect(known_order(&want[i], &got[i]) == 0,
		    "key %" PRIu64 ": fact %zu is %" PRIx64 " at %" PRIu32
		    ", not %" PRIx64 " at %" PRIu32 "; seed %" PRIu64,
		    key, i, fact_pack(&got[i].fact), got[i].granted,
		    fact_pack(&want[i].fact), want[i].granted, seed);
	return n;
}

/* Every number that the text may mean, and what begins as it does. */
static size_t
same_text(const struct facts *a, const struct facts *b, const char *text,
    const struct number_rules *rules, uint64_t seed)
{
	struct number_cell cell;
	uint64_t prefix[2], other;
	size_t facts = 0, n, i;

	number_parse(&cell, span_str(text), rules);
	for (i = 0; i < cell.count; i++) {
		facts += same_key(a, b, cell.number[i].key, seed);
		if ((other = number_other_reading(&cell.number[i])))
			facts += same_key(a, b, other, seed);
	}
	n = number_wildcard(prefix, span_str(text), rules);
	for (i = 0; i < n; i++)
		facts += same_key(a, b, subject_prefix(prefix[i]), seed);
	return facts;
}

/* Some of all lengths. */
static bool
is_named(unsigned text)
{
	return text % 5 < 3;
}

/* The same where of b only named numbers may be asked. */
static size_t
same_named(const struct facts *a, const struct facts *b,
    const struct number_rules *rules, uint64_t seed)
{
	size_t facts = 0;
	char text[32];

	cr_expect(facts_added(a) == facts_added(b),
	    "%" PRIu64 " facts added, not %" PRIu64 "; seed %" PRIu64,
	    facts_added(b), facts_added(a), seed);
	for (unsigned i = 0; i < NUMBER_TEXTS; i++) {
		if (!is_named(i))
			continue;
		number_text(text, i);
		facts += same_text(a, b, text, rules, seed);
	}
	return facts;
}

static size_t
same_facts(const struct facts *a, const struct facts *b,
    const struct number_rules *rules, uint64_t seed)
{
	char text[32];
	size_t facts = 0;
	unsigned i;

	cr_expect(facts_added(a) == facts_added(b),
	    "%" PRIu64 " facts added, not %" PRIu64 "; seed %" PRIu64,
	    facts_added(b), facts_added(a), seed);
	cr_expect(facts_count(a) == facts_count(b),
	    "%" PRIu64 " facts kept, not %" PRIu64 "; seed %" PRIu64,
	    facts_count(b), facts_count(a), seed);
	cr_expect(facts_prefix_lengths(a) == facts_prefix_lengths(b));
	for (i = 0; i < NUMBER_TEXTS; i++) {
		number_text(text, i);
		facts += same_text(a, b, text, rules, seed);
	}
	for (i = 0; i < COUNT(odd_numbers); i++)
		facts += same_text(a, b, odd_numbers[i], rules, seed);
	return facts;
}

static void
same_result(const struct list_result *a, const struct list_result *b,
    uint64_t seed)
{
#define SAME(member) \
	cr_expect(a->member == b->member, \
	    "%s: " #member " is %" PRIu64 ", not %" PRIu64 "; seed %" PRIu64, \
	    a->name, b->member, a->member, seed)
	SAME(lines);
	SAME(blank);
	SAME(unusable);
	SAME(blocking);
	SAME(bad_dates);
	SAME(wildcards);
	SAME(ended);
	SAME(later);
	SAME(facts);
	SAME(first_bad);
#undef SAME
	cr_expect(strcmp(a->why, b->why) == 0,
	    "%s: why is %s, not %s; seed %" PRIu64, a->name, b->why, a->why,
	    seed);
}

/* Returns how many facts were compared. */
static size_t
same_outcome(const struct outcome *a, const struct outcome *b,
    const struct run *run, uint64_t seed)
{
	cr_expect(a->failed == b->failed, "%s, not %s; seed %" PRIu64,
	    b->failed ? b->err.text : "loaded",
	    a->failed ? a->err.text : "loaded", seed);
	cr_expect(span_eq(buf_span(&a->rejects), buf_span(&b->rejects)),
	    "rejects are\n%.*s\nnot\n%.*s\nseed %" PRIu64, (int)b->rejects.n,
	    b->rejects.p, (int)a->rejects.n, a->rejects.p, seed);
	if (a->failed || b->failed) {
		cr_expect(strcmp(a->err.text, b->err.text) == 0,
		    "%s, not %s; seed %" PRIu64, b->err.text, a->err.text,
		    seed);
		return 0;
	}
	for (size_t i = 0; i < a->lists.n; i++)
		same_result(&a->lists.list[i], &b->lists.list[i], seed);
	return same_facts(a->lists.facts, b->lists.facts, &run->o.rules, seed);
}

static struct zone *
zone_east(void)
{
	struct zone *z;
	struct err err;

	cr_assert(zone_open(&z, "CST-8", &err) == 0);
	return z;
}

/* How long the test goes on: SOAK=N for longer, with other seeds. */
static uint64_t
seeds(uint64_t usual)
{
	const char *soak = getenv("SOAK");

	return soak ? usual * 10 : usual;
}

Test(list_lane, a_list_says_what_it_says_with_quotes, .timeout = 600)
{
	static const struct {
		size_t block, threads;
	} ways[] = { { 0, 1 }, { 0, 3 }, { 1, 1 }, { 7, 3 }, { 100, 1 },
		{ 1000, 3 } };
	struct zone *zone = zone_east();
	size_t facts = 0, loaded = 0;
	uint64_t n = seeds(250);

	for (uint64_t seed = 1; seed <= n; seed++) {
		uint64_t state = seed;
		struct outcome want, got;
		struct run run;

		run_begin(&run, zone);
		run_draw(&run, &state);
		if (seed % 4)
			run.o.rejects = NULL; /* it is synced: slow */
		run_write(&run, true);
		load(&want, &run, 0, 1);
		run_write(&run, false);
		loaded += !want.failed;
		for (size_t i = 0; i < COUNT(ways); i++) {
			load(&got, &run, ways[i].block, ways[i].threads);
			facts += same_outcome(&want, &got, &run, seed);
			outcome_release(&got);
		}
		outcome_release(&want);
		run_end(&run);
	}
	zone_close(zone);
	cr_expect(loaded > n / 2, "%zu loaded", loaded);
	cr_expect(facts > 100 * n, "%zu facts", facts);
}

/* Lines have regions of their own; one that cannot be split has the run's,
 * whatever line another block or thread ended with. */
Test(list_lane, a_malformed_line_does_not_depend_on_the_line_before_it)
{
	static const struct {
		const char *region, *text;
		uint64_t blocking;
	} lines[] = {
		{ "US", "number,region\n+442079460958,US\n2025550143\n", 1 },
		{ "US", "number,region\n+442079460958,CN\n2025550143\n", 1 },
		{ "SG", "number,region\n+442079460958,US\n2025550143\n", 0 },
		{ "", "number,region\n+442079460958,US\n2025550143\n", 0 },
	};
	struct zone *zone = zone_east();
	struct outcome got;
	struct run run;

	for (size_t i = 0; i < COUNT(lines); i++) {
		run_begin(&run, zone);
		policy_prepare(&run.policy);
		run.o.rules.region = region_code(span_str(lines[i].region));
		run.spec[0] = (struct list_spec){ LIST_DNC, "dnc",
			run.path[0] };
		run.map[0] = (struct list_setting){ "dnc", COLUMN_REGION,
			"region" };
		run.o.specs = run.o.maps = 1;
		buf_adds(&run.text[0][0], lines[i].text);
		run_write(&run, false);
		load(&got, &run, 0, 1);
		cr_assert(got.failed == false, "%s", got.err.text);
		cr_expect(got.lists.list[0].blocking == lines[i].blocking,
		    "case %zu", i);
		outcome_release(&got);
		run_end(&run);
	}
	zone_close(zone);
}

/* A text as it stands in many lines behind good ones, by the lane and by cells:
 * digits that are too few or too many for a number are none, and are not
 * remembered as one. */
static void
same_by_cells(enum list_kind kind, const char *region, const char *text,
    struct zone *zone, uint64_t seed)
{
	static const char *const heads[] = { [LIST_DNC] = "number,note\n",
		[LIST_CONSENT] = "number,granted_at\n",
		[LIST_CALLS] = "number,called_at\n" };
	const char *cell = kind == LIST_DNC ? "x" : "2026-02-01T00:00:00Z";
	struct outcome by_cells, by_lane;
	struct run run;

	run_begin(&run, zone);
	cap_add(&run.policy, "3/7d");
	policy_prepare(&run.policy);
	run.o.max_bad = 100;
	run.o.rules.region = region_code(span_str(region));
	run.spec[0] = (struct list_spec){ kind, "list", run.path[0] };
	run.o.specs = 1;
	buf_adds(&run.text[0][0], heads[kind]);
	for (unsigned i = 0; i < 12; i++)
		buf_addf(&run.text[0][0], "%s,%s\n",
		    i % 7 < 2 ? "+8613800000001" : text, cell);
	run_write(&run, false);
	run.o.by_cells = true;
	load(&by_cells, &run, 0, 1);
	run.o.by_cells = false;
	load(&by_lane, &run, 0, 1);
	cr_assert(by_cells.failed + by_lane.failed == 0, "list %u, %s: %s",
	    kind, region, text);
	same_outcome(&by_cells, &by_lane, &run, seed);
	same_text(by_cells.lists.facts, by_lane.lists.facts, text, &run.o.rules,
	    seed);
	outcome_release(&by_cells);
	outcome_release(&by_lane);
	run_end(&run);
}

Test(list_lane, what_is_no_number_is_none_however_often_it_comes, .timeout = 60)
{
	static const enum list_kind kinds[] = { LIST_DNC, LIST_CONSENT,
		LIST_CALLS };
	static const char *const regions[] = { "CN", "ES", "US", "" };
	static const char *const digits[] = { "12902234512902234",
		"61234567261234567", "00000000000000000" };
	struct zone *zone = zone_east();
	uint64_t seed = 0; /* tells which it is */
	char text[32];

	for (int length = 1; length <= 17; length++)
		for (size_t i = 0; i < 2 * COUNT(digits); i++)
			for (size_t k = 0; k < COUNT(kinds) * COUNT(regions);
			     k++) {
				snprintf(text, sizeof(text), "%s%.*s",
				    i % 2 ? "+" : "", length, digits[i / 2]);
				same_by_cells(kinds[k % COUNT(kinds)],
				    regions[k / COUNT(kinds)], text, zone,
				    seed++);
			}
	zone_close(zone);
}

/* With and without quotes, however the line is malformed; LONG stands for what
 * makes a record too long. */
Test(list_lane, a_wildcard_in_a_malformed_line_blocks)
{
	static const struct {
		const char *text;
		uint64_t wildcards;
	} lines[] = {
		{ "0755*,a,b", 1 }, { "\"0755*\",a,b", 1 },
		{ "a, \"0755*\" ,b", 1 }, { "\"+86755*\",LONG", 1 },
		{ "a,\"+86755*\",LONG", 1 }, { "\"0755*\"x,a", 1 },
		{ "\"x\"\"0755*\",LONG", 1 },
		/* a quote that is not closed has swallowed lines */
		{ "\"0755*,a\n138,LONG\",", 1 },
		{ "\"a,b\n0755*\n0755*,LONG\",", 2 },
		{ "\"a,b\r\n0755*\r\nLONG\",", 1 },
		{ "\"0755* x\",a,b", 0 }, /* as it would in a good line */
	};
	struct zone *zone = zone_east();
	struct known known[KNOWN_MAX];

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *fill = strstr(lines[i].text, "LONG");
		struct outcome got;
		struct run run;
		size_t facts;

		run_begin(&run, zone);
		policy_prepare(&run.policy);
		run.o.rules.region = region_code(SPAN("CN"));
		run.o.max_record = 280;
		run.spec[0] = (struct list_spec){ LIST_DNC, "dnc",
			run.path[0] };
		run.o.specs = 1;
		buf_adds(&run.text[0][0], "number,name\n");
		if (fill) {
			buf_add(&run.text[0][0], lines[i].text,
			    (size_t)(fill - lines[i].text));
			for (int k = 0; k < 300; k++)
				buf_addc(&run.text[0][0], 'y');
		}
		buf_adds(&run.text[0][0], fill ? fill + 4 : lines[i].text);
		buf_adds(&run.text[0][0], "\n");
		run_write(&run, false);
		load(&got, &run, 0, 1);
		cr_assert(not(got.failed), "%s", got.err.text);
		cr_expect(got.lists.list[0].lines == 1);
		cr_expect(got.lists.list[0].unusable == 1, "case %zu", i);
		cr_expect(got.lists.list[0].blocking ==
			(lines[i].wildcards > 0),
		    "case %zu", i);
		cr_expect(got.lists.list[0].wildcards == lines[i].wildcards,
		    "case %zu", i);
		facts = known_of(known, got.lists.facts, subject_prefix(86755));
		cr_expect(facts == (lines[i].wildcards > 0), "case %zu", i);
		outcome_release(&got);
		run_end(&run);
	}
	zone_close(zone);
}

/* ---- the lane itself ---- */

/* One list, read by one thread in memory of its own size. */
struct reading {
	struct run run;
	struct csv_reader *csv;
	struct list_columns columns;
	struct facts *facts;
	struct decoder decoder;
	struct csv_rows rows;
	struct list_reader lines;
	struct list_lane lane;
	uint64_t taken; /* lines, by the lane */
	bool expecting; /* the table expects some numbers only */
};

/* Name numbers, as a run does. */
static void
numbers_name(struct facts *f, const struct number_rules *rules)
{
	struct number_cell cell;
	char text[32];
	struct err err;

	for (unsigned i = 0; i < NUMBER_TEXTS; i++) {
		if (!is_named(i))
			continue;
		number_text(text, i);
		number_parse(&cell, span_str(text), rules);
		for (unsigned k = 0; k < cell.count; k++) {
			uint64_t key[2] = { cell.number[k].key,
				number_other_reading(&cell.number[k]) };

			cr_assert(facts_expect(f, key, 2, &err) == 0);
		}
	}
}

static bool
reading_begin(struct reading *r)
{
	const struct csv_options csv = { .max_record = r->run.o.max_record,
		.block = 3000,
		.blame = ERR_LIST };
	const struct list_spec *spec = &r->run.spec[0];
	struct facts_appender *appender;
	struct err err;

	if (csv_reader_open(&r->csv, spec->path, &csv, &err) < 0 ||
	    list_columns_find(&r->columns, r->csv, spec, &r->run.o, &err) < 0)
		return false;
	cr_assert(facts_new(&r->facts, 3, &err) == 0);
	if (r->expecting) {
		cr_assert(facts_expecting(r->facts, 100, 1, &err) == 0);
		numbers_name(r->facts, &r->run.o.rules);
	}
	cr_assert(facts_appender_new(&appender, r->facts, &err) == 0);
	cr_assert(
	    decoder_copy(&r->decoder, csv_reader_decoder(r->csv), &err) == 0);
	r->lines = (struct list_reader){ .o = &r->run.o,
		.spec = spec,
		.columns = &r->columns,
		.table = r->facts,
		.facts = appender,
		.decoder = &r->decoder,
		.withdrawals = r->columns.field[COLUMN_WITHDRAWN_AT] >= 0,
		.delimiter = csv_reader_dialect(r->csv)->delimiter,
		.rules = r->run.o.rules,
		.scratch = BUF_INIT(1 << 20) };
	list_reader_ready(&r->lines);
	list_lane_ready(&r->lane, &r->lines, csv_reader_dialect(r->csv));
	return true;
}

static void
reading_end(struct reading *r)
{
	decoder_close(&r->decoder);
	csv_rows_release(&r->rows);
	buf_release(&r->lines.scratch);
	facts_free(r->facts);
	csv_reader_close(r->csv);
}

static void
rows_load(struct reading *r)
{
	const char *why;
	struct err err;

	for (size_t i = 0; i < r->rows.n; i++)
		cr_assert(
		    list_line_load(&r->lines, &r->rows.row[i],
			r->rows.cell + i * r->columns.wants, &why, &err) == 0);
	r->lines.result.blank += r->rows.blank;
}

/* Whatever the lane takes of it, and the rest line by line. */
static void
block_load(struct reading *r, struct csv_block rest, bool lane)
{
	const struct csv_dialect *d = csv_reader_dialect(r->csv);
	struct err err;

	while (lane && !rest.too_long && rest.n > 0) {
		uint64_t line = rest.line;

		cr_assert(list_lane_take(&r->lane, &rest, &err) == 0);
		r->taken += rest.line - line;
		if (rest.n == 0)
			return;
		cr_assert(csv_split_first(&r->rows, &rest, d, r->columns.want,
			      r->columns.wants, &err) == 0);
		rows_load(r);
	}
	if (rest.n == 0)
		return;
	cr_assert(csv_split(&r->rows, &rest, d, r->columns.want,
		      r->columns.wants, &err) == 0);
	rows_load(r);
}

static void
reading_load(struct reading *r, bool lane)
{
	struct csv_block block = { 0 }, own;
	struct err err = { 0 };
	int got;

	while ((got = csv_reader_next(r->csv, &block, &err)) > 0) {
		own = block;
		own.p = malloc(block.n + CSV_PAD);
		memcpy(own.p, block.p, block.n);
		memset(own.p + block.n, '0', CSV_PAD);
		block_load(r, own, lane);
		free(own.p);
	}
	cr_assert(got == 0, "%s", err.text);
	cr_assert(facts_build(r->facts, &err) == 0);
	csv_block_release(&block);
}

/* A run's first list, read once more, by the same run or a copy of it. */
static void
reading_copy(struct reading *to, const struct reading *from, bool expecting)
{
	*to = (struct reading){ .run = from->run, .expecting = expecting };
	/* the pointers in it are to itself */
	to->run.spec[0].path = to->run.path[0];
	to->run.o.policy = &to->run.policy;
}

Test(list_lane, lines_are_loaded_alike_with_the_lane_and_without,
    .timeout = 600)
{
	enum { USUAL, WIDE, EXPECTING, WAYS };
	static struct reading a, b;
	struct zone *zone = zone_east();
	uint64_t n = seeds(200), lines = 0, taken[WAYS] = { 0 }, named = 0;

	for (uint64_t seed = 1; seed <= n; seed++) {
		uint64_t state = seed + 1000000;
		bool loaded;

		a = (struct reading){ 0 };
		run_begin(&a.run, zone);
		run_draw(&a.run, &state);
		run_write(&a.run, false);
		if ((loaded = reading_begin(&a))) {
			reading_load(&a, false);
			cr_expect(a.taken == 0);
			a.lines.result.name = a.run.path[0];
			lines += a.lines.result.lines;
		}
		for (int way = 0; loaded && way < WAYS; way++) {
			reading_copy(&b, &a, way == EXPECTING);
			cr_assert(reading_begin(&b));
			b.lane.wide &= way != USUAL;
			reading_load(&b, true);
			same_result(&a.lines.result, &b.lines.result, seed);
			if (way == EXPECTING)
				named += same_named(a.facts, b.facts,
				    &a.run.o.rules, seed);
			else
				same_facts(a.facts, b.facts, &a.run.o.rules,
				    seed);
			taken[way] += b.taken;
			reading_end(&b);
		}
		reading_end(&a);
		run_end(&a.run);
	}
	zone_close(zone);
	/* or nothing has been compared */
	cr_expect(taken[USUAL] > lines / 3, "%" PRIu64 " of %" PRIu64 " lines",
	    taken[USUAL], lines);
	cr_expect(taken[WIDE] == taken[USUAL]);
	cr_expect(taken[EXPECTING] == taken[USUAL]);
	cr_expect(named > 20 * n, "%" PRIu64 " facts", named);
}

/* ---- lines of every length ---- */

/* What stands in front of and behind what matters, in lines of some lists. */
static const struct {
	enum list_kind kind;
	const char *header, *front, *line;
	unsigned tail; /* columns behind */
} layouts[] = {
	{ LIST_DNC, "number", "", "+8613812345678", 0 },
	{ LIST_DNC, "number,a", "", "+8613812345678", 1 },
	{ LIST_DNC, "number,a,b,c", "", "13812345678", 3 },
	{ LIST_DNC, "number,reason", "", "+8613812345678,request", 0 },
	{ LIST_DNC, "number,reason,a", "", "+8613812345678,", 1 },
	{ LIST_DNC, "a,number,reason,b", "x", "+8613812345678,request", 1 },
	{ LIST_DNC, "a,b,number,c,reason,d", "x,", "+8613812345678,y,request",
	    1 },
	{ LIST_DNC, "number,expires_at,a,b", "",
	    "+8613812345678,2027-01-01T00:00:00Z", 2 },
	{ LIST_CALLS, "number,called_at", "",
	    "+8613812345678,2026-02-28T00:00:00Z", 0 },
	{ LIST_CALLS, "a,number,called_at,b,c", "",
	    "+8613812345678,2026-02-28T00:00:00Z", 2 },
	{ LIST_CALLS, "called_at,number", "",
	    "2026-02-28T00:00:00Z,+8613812345678", 0 },
	{ LIST_CONSENT, "number,granted_at,expires_at", "",
	    "+8613812345678,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z", 0 },
	{ LIST_CONSENT, "number,granted_at,expires_at,a", "",
	    "+8613812345678,2026-01-01T00:00:00Z,", 1 },
};

/* A delimiter for each comma. */
static void
text_add(struct buf *b, const char *text, char delimiter)
{
	for (; *text; text++)
		buf_addc(b, *text == ',' ? delimiter : *text);
}

/* One line of the layout, and where its LF stands. */
static size_t
line_write(struct buf *b, size_t i, unsigned length, char delimiter, bool crlf)
{
	buf_reset(b);
	text_add(b, layouts[i].front, delimiter);
	if (strncmp(layouts[i].header, "a,", 2) == 0)
		buf_addc(b, delimiter);
	text_add(b, layouts[i].line, delimiter);
	for (unsigned k = 0; k < layouts[i].tail; k++)
		buf_addc(b, delimiter);
	if (layouts[i].tail > 0)
		for (unsigned k = 0; k < length; k++)
			buf_addc(b, 'z');
	if (crlf)
		buf_addc(b, '\r');
	buf_addc(b, '\n');
	return b->n - 1;
}

/* How many of its lines the lane takes of a text that is all there is. */
static uint64_t
taken_of(struct list_lane *lane, const struct buf *text)
{
	struct csv_block block = { .n = text->n, .line = 2 };
	char *own = malloc(text->n + CSV_PAD);
	struct err err;

	memcpy(own, text->p, text->n);
	memset(own + text->n, '\n', CSV_PAD);
	block.p = own;
	cr_assert(list_lane_take(lane, &block, &err) == 0);
	cr_expect(block.p == own || block.p[-1] == '\n');
	free(own);
	return block.line - 2;
}

/* In front of another line, both are taken; with a character put in that ends a
 * field or line too much, or may, only what is in front of it is. */
static void
line_of_length(struct list_lane *lane, struct buf *text, size_t i,
    unsigned length, char delimiter, bool crlf)
{
	const char odd[] = { '"', '\r', lane->delimiter };
	size_t lf = line_write(text, i, length, delimiter, crlf), n = text->n;

	buf_add(text, "", 0);
	for (size_t k = 0; k < n; k++)
		buf_addc(text, text->p[k]);
	cr_expect(taken_of(lane, text) == 2, "layout %zu, %u", i, length);
	for (size_t k = 0; k < COUNT(odd); k++)
		for (size_t at = 0; at < lf; at++) {
			char was = text->p[n + at];
			bool eol = odd[k] == '\r' &&
			    text->p[n + at + 1] == '\n';

			/* what it was: or it is the same line, or one that
			 * ends in CR CR LF or has other fields */
			if (was == odd[k] || eol || was == '\r' ||
			    (was == delimiter && odd[k] == delimiter))
				continue;
			text->p[n + at] = odd[k];
			cr_expect(taken_of(lane, text) == 1,
			    "layout %zu, length %u: %02x at %zu", i, length,
			    (unsigned)odd[k], at);
			text->p[n + at] = was;
		}
}

Test(list_lane, lines_of_every_length_are_taken_unless_they_are_odd)
{
	static struct reading r;
	struct zone *zone = zone_east();
	struct buf text = BUF_INIT(1 << 16);

	for (size_t i = 0; i < COUNT(layouts); i++) {
		for (unsigned way = 0; way < 16; way++) {
			char delimiter = ",;\t|"[way % 4];
			unsigned most = layouts[i].tail ? 140 : 0;

			r = (struct reading){ 0 };
			run_begin(&r.run, zone);
			r.run.o.rules.region = region_code(SPAN("CN"));
			cap_add(&r.run.policy, "3/week");
			policy_prepare(&r.run.policy);
			r.run.spec[0] = (struct list_spec){ layouts[i].kind,
				"list", r.run.path[0] };
			r.run.o.specs = 1;
			text_add(&r.run.text[0][0], layouts[i].header,
			    delimiter);
			buf_addc(&r.run.text[0][0], '\n');
			for (int k = 0; k < 3; k++) {
				line_write(&text, i, 3, delimiter, false);
				buf_add(&r.run.text[0][0], text.p, text.n);
			}
			run_write(&r.run, false);
			cr_assert(reading_begin(&r), "layout %zu", i);
			r.lane.wide &= way / 4 % 2;
			for (unsigned length = 0; length <= most;
			     length += 1 + length / 70)
				line_of_length(&r.lane, &text, i, length,
				    delimiter, way / 8);
			reading_end(&r);
			run_end(&r.run);
		}
	}
	buf_release(&text);
	zone_close(zone);
}

/* A record that is too long is not for the lane, wherever it is long, and with
 * a CR behind it or not; nearly as long ones may be. */
static void
lines_to_the_longest(struct list_lane *lane, size_t i, unsigned way,
    size_t max_record)
{
	struct buf text = BUF_INIT(1 << 16), line = BUF_INIT(1 << 16);
	bool front = way / 4 % 2 && layouts[i].front[0];

	for (unsigned length = 0; length < max_record + 20; length++) {
		size_t lf = line_write(&line, i, front ? 0 : length, ',',
		    way / 2 % 2);
		size_t record = lf - way / 2 % 2 + (front ? length : 0);
		uint64_t taken;

		buf_reset(&text);
		for (unsigned k = 0; front && k < length; k++)
			buf_addc(&text, 'z');
		buf_add(&text, line.p, line.n);
		taken = taken_of(lane, &text);
		cr_expect(taken == 0 || record <= max_record,
		    "layout %zu, way %u: %zu", i, way, record);
		cr_expect(taken == 1 || text.n > max_record - LANE_SPARE,
		    "layout %zu, way %u: %zu", i, way, record);
	}
	buf_release(&text);
	buf_release(&line);
}

Test(list_lane, takes_no_lines_longer_than_the_longest_there_may_be)
{
	static struct reading r;
	struct zone *zone = zone_east();

	for (size_t i = 0; i < COUNT(layouts); i++)
		for (unsigned way = 0; layouts[i].tail && way < 8; way++) {
			r = (struct reading){ 0 };
			run_begin(&r.run, zone);
			r.run.o.rules.region = region_code(SPAN("CN"));
			cap_add(&r.run.policy, "3/week");
			policy_prepare(&r.run.policy);
			r.run.o.max_record = 2 * LANE_SPARE + i;
			r.run.spec[0] = (struct list_spec){ layouts[i].kind,
				"list", r.run.path[0] };
			r.run.o.specs = 1;
			text_add(&r.run.text[0][0], layouts[i].header, ',');
			buf_addc(&r.run.text[0][0], '\n');
			for (int k = 0; k < 3; k++) {
				struct buf line = BUF_INIT(1 << 16);

				line_write(&line, i, 3, ',', false);
				buf_add(&r.run.text[0][0], line.p, line.n);
				buf_release(&line);
			}
			run_write(&r.run, false);
			cr_assert(reading_begin(&r), "layout %zu", i);
			r.lane.wide &= way % 2;
			lines_to_the_longest(&r.lane, i, way,
			    r.run.o.max_record);
			reading_end(&r);
			run_end(&r.run);
		}
	zone_close(zone);
}

/* What a reason said in quotes, and then the same characters without. */
Test(list_lane, a_quote_or_line_end_is_none_of_a_reason_seen_before)
{
	static const struct {
		const char *text;
		uint64_t lines, unusable;
	} lists[] = {
		/* a line that is too short, and one without a number */
		{ "number,reason,name\n+8613812345678,\"stop\n8\",a\n"
		  "+8613812345678,stop\n8,b\n",
		    3, 2 },
		{ "number,reason,name\n+8613812345678,\"stop\r8\",a\n"
		  "+8613812345678,stop\r8,b\n",
		    3, 2 },
		/* a quoted reason that goes on in the next line */
		{ "number,reason,name\n+8613812345678,\"\"\"stop\",a\n"
		  "+8613812345678,\"stop,b\n+8613912345678,\",c\n",
		    2, 0 },
	};
	struct zone *zone = zone_east();
	static struct reading r;

	for (size_t i = 0; i < COUNT(lists); i++) {
		r = (struct reading){ 0 };
		run_begin(&r.run, zone);
		policy_prepare(&r.run.policy);
		r.run.spec[0] = (struct list_spec){ LIST_DNC, "list",
			r.run.path[0] };
		r.run.o.specs = 1;
		buf_adds(&r.run.text[0][0], lists[i].text);
		run_write(&r.run, false);
		cr_assert(reading_begin(&r));
		reading_load(&r, true);
		cr_expect(r.lines.result.lines == lists[i].lines, "case %zu",
		    i);
		cr_expect(r.lines.result.unusable == lists[i].unusable,
		    "case %zu", i);
		reading_end(&r);
		run_end(&r.run);
	}
	zone_close(zone);
}

/* ---- what it is for ---- */

/* Is each of the lines taken (+) or left (-)? */
static const struct {
	enum list_kind kind;
	const char *text;
	const char *taken;
} cases[] = {
	{ LIST_DNC, "number\n+8613812345678\n+8613912345678\n", "++" },
	{ LIST_DNC, "number\r\n+8613812345678\r\n13912345678\r\n", "++" },
	{ LIST_DNC,
	    "number,reason,expires_at\n"
	    "+8613812345678,request,\n"
	    "+8613812345678,,2027-01-01T00:00:00Z\n"
	    "+8613812345678,投诉,2020-01-01T00:00:00Z\n"
	    "+8613812345678,request,2027-01-01\n"
	    "+8613812345678, request,\n"
	    "138 1234 5678,,\n"
	    "\"+8613812345678\",,\n"
	    "+8613812345678,,\n",
	    "+++-+--+" },
	{ LIST_LISTED,
	    "topic,number,channel\n"
	    ",+8613812345678,\n"
	    "loans,+8613812345678,\n"
	    ",+8613812345678,sms\n"
	    ",+8613812345678\n"
	    ",+8613812345678,,\n"
	    ",+8613812345678,\n",
	    "+----+" },
	{ LIST_CONSENT,
	    "number,granted_at,expires_at\n"
	    "+8613812345678,2026-01-01T00:00:00Z,\n"
	    "+8613812345678,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z\n"
	    "+8613812345678,,\n"
	    "+8613812345678,yes,\n"
	    "+8613812345678,2026-01-01T00:00:00Z,soon\n"
	    "+8613812345678,2026-12-01T00:00:00Z,\n",
	    "++---+" },
	{ LIST_CONSENT,
	    "number,granted_at,withdrawn_at\n"
	    "+8613812345678,2026-01-01T00:00:00Z,\n"
	    "+8613812345678,1999-01-01T00:00:00Z,\n"
	    "+8613812345678,1999-01-01T00:00:00Z,2026-01-01T00:00:00Z\n",
	    "++-" },
	{ LIST_CONSENT,
	    "number,granted_at,status\n"
	    "+8613812345678,2026-01-01T00:00:00Z,active\n",
	    "-" },
	{ LIST_CALLS,
	    "number,called_at,outcome\n"
	    "+8613812345678,2026-02-28T00:00:00Z,busy\n"
	    "+8613812345678,2026-12-01T00:00:00Z,\n"
	    "+8613812345678,1999-12-01T00:00:00Z,\n"
	    "+8613812345678,2026-02-28 00:00:00,\n",
	    "+++-" },
	/* 49 twice: both may be the country code, whatever comes behind 00 */
	{ LIST_DNC,
	    "number\n+4915112345678\n+4949002345678\n+4949002345678\n"
	    "+4949002345678\n+4949002345679\n",
	    "+----" },
	{ LIST_CONSENT,
	    "number,granted_at\n"
	    "+4949002345678,2026-01-01T00:00:00Z\n"
	    "+4949002345678,2026-01-01T00:00:00Z\n"
	    "+4949002345679,2026-01-01T00:00:00Z\n",
	    "+++" },
	{ LIST_ALLOW, "number\n+8613812345678\n", "-" },
	{ LIST_DNC, "number,region\n+8613812345678,CN\n", "-" },
};

Test(list_lane, takes_the_lines_that_most_lists_are_made_of)
{
	static struct reading r;
	struct zone *zone = zone_east();
	struct csv_block block = { 0 }, one;
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		r = (struct reading){ 0 };
		run_begin(&r.run, zone);
		r.run.o.rules.region = region_code(SPAN("CN"));
		cap_add(&r.run.policy, "3/week");
		policy_prepare(&r.run.policy);
		r.run.spec[0] = (struct list_spec){ cases[i].kind, "list",
			r.run.path[0] };
		r.run.o.specs = 1;
		buf_adds(&r.run.text[0][0], cases[i].text);
		run_write(&r.run, false);
		if (strstr(cases[i].text, "region"))
			r.run.map[r.run.o.maps++] = (struct list_setting){
				"list", COLUMN_REGION, "region"
			};
		cr_assert(reading_begin(&r), "case %zu", i);
		cr_assert(csv_reader_next(r.csv, &block, &err) == 1);
		for (const char *p = block.p, *end = p + block.n; p < end;) {
			char taken = cases[i].taken[block.line - 2];
			size_t n = (size_t)((const char *)memchr(p, '\n',
						(size_t)(end - p)) +
			    1 - p);

			one = block;
			one.p = (char *)p;
			one.n = n;
			cr_assert(list_lane_take(&r.lane, &one, &err) == 0);
			cr_expect(one.n == (taken == '+' ? 0 : n),
			    "case %zu: %.*s", i, (int)n, p);
			p += n;
			block.line++;
		}
		reading_end(&r);
		run_end(&r.run);
	}
	csv_block_release(&block);
	zone_close(zone);
}

/* ---- a run at one moment ---- */

static void
column_drop(struct shape *s, enum what w)
{
	unsigned columns = s->columns;

	s->columns = 0;
	for (unsigned i = 0; i < columns; i++)
		if (s->column[i] != w)
			s->column[s->columns++] = s->column[i];
}

/* Lists of consents; in some runs of a few numbers only, which have more of
 * them than there are serials. */
static void
consents_draw(struct run *run, uint64_t *state)
{
	unsigned plain[NUMBER_TEXTS], plains;
	bool withdrawals = draw(state, 2);
	struct shape shape;

	run->o.rules.region = region_code(SPAN("CN"));
	plains = plain_texts(plain, run->o.rules.region);
	/* amid the times that time_text() draws */
	if (draw(state, 2))
		run->policy.as_of -= 86400 * (int64_t)draw(state, 40);
	run->policy.consent_required = draw(state, 4) > 0;
	run->policy.channel = CHANNEL_VOICE;
	policy_prepare(&run->policy);
	run->o.specs = 1 + draw(state, LISTS);
	for (size_t i = 0; i < run->o.specs; i++) {
		shape_draw(&shape, LIST_CONSENT, 0, state);
		if (!withdrawals)
			column_drop(&shape, WITHDRAWN);
		shape.plain = plain;
		shape.plains = plains;
		if (draw(state, 3) == 0)
			shape.plains = 2;
		else
			shape.lines = draw(state, 80);
		list_write(run->text[i], &shape, state);
		run->spec[i] = (struct list_spec){ LIST_CONSENT, "consent",
			run->path[i] };
	}
}

static struct verdict
judged(const struct run *run, const struct facts *table,
    const struct number *number)
{
	struct facts_found found = { 0 };
	struct verdict v = { 0 };
	struct policy_facts subject;
	struct err err;

	cr_assert(facts_find(table, number->key, facts_home(table, number->key),
		      &found, &err) >= 0);
	subject = (struct policy_facts){ found.fact, found.n, MATCH_NUMBER };
	policy_judge(&run->policy, number, &subject, 1, NULL, &v);
	facts_found_release(&found);
	return v;
}

/* Returns how many of the numbers may be called. */
static size_t
same_verdicts(const struct run *run, const struct facts *a,
    const struct facts *b, uint64_t seed)
{
	struct number_cell cell;
	struct verdict want, got;
	size_t kept = 0;
	char text[32];

	for (unsigned i = 0; i < NUMBER_TEXTS; i++) {
		number_text(text, i);
		number_parse(&cell, span_str(text), &run->o.rules);
		for (unsigned k = 0; k < cell.count; k++) {
			want = judged(run, a, &cell.number[k]);
			got = judged(run, b, &cell.number[k]);
			cr_expect(want.fired == got.fired &&
				want.consent == got.consent,
			    "%s: fired %x at %" PRId64 ", not %x at %" PRId64
			    "; seed %" PRIu64,
			    text, got.fired, got.consent, want.fired,
			    want.consent, seed);
			kept += want.fired == 0;
		}
	}
	return kept;
}

Test(list_lane, consents_of_a_run_at_one_moment_are_judged_alike,
    .timeout = 600)
{
	struct zone *zone = zone_east();
	uint64_t n = seeds(150), words = 0, fewer = 0;
	size_t kept = 0;

	for (uint64_t seed = 1; seed <= n; seed++) {
		uint64_t state = seed + 2000000;
		struct outcome want, got;
		struct run run;

		run_begin(&run, zone);
		run.o.rejects = NULL;
		consents_draw(&run, &state);
		run_write(&run, false);
		load(&want, &run, 0, 1);
		run.o.one_moment = true;
		for (int quoted = 0; quoted < 2 && !want.failed; quoted++) {
			run_write(&run, quoted);
			load(&got, &run, 0, 1);
			cr_assert(got.failed == false);
			for (size_t i = 0; i < run.o.specs; i++)
				same_result(&want.lists.list[i],
				    &got.lists.list[i], seed);
			kept += same_verdicts(&run, want.lists.facts,
			    got.lists.facts, seed);
			cr_expect(facts_count(want.lists.facts) ==
			    facts_count(got.lists.facts));
			words += facts_words(want.lists.facts);
			fewer += facts_words(want.lists.facts) -
			    facts_words(got.lists.facts);
			outcome_release(&got);
		}
		outcome_release(&want);
		run_end(&run);
	}
	zone_close(zone);
	cr_expect(kept > 10 * n, "%zu kept", kept);
	cr_expect(fewer > words / 300, "%" PRIu64 " of %" PRIu64 " words fewer",
	    fewer, words);
}

/* Serials run out: of too many consents that have one, the one that ends first
 * goes, also where all of them outlast the run. */
Test(list_lane, of_too_many_consents_the_same_ones_stay_at_one_moment)
{
	struct zone *zone = zone_east();
	struct outcome got;
	struct number number;
	struct verdict v;
	struct run run;
	struct buf *text;

	run_begin(&run, zone);
	policy_prepare(&run.policy);
	run.policy.channel = CHANNEL_VOICE;
	run.spec[0] = (struct list_spec){ LIST_CONSENT, "consent",
		run.path[0] };
	run.o.specs = 1;
	run.o.rejects = NULL;
	text = &run.text[0][0];
	buf_adds(text, "number,granted_at,expires_at,withdrawn_at\n");
	for (int i = 0; i < FACT_SERIALS_MAX - 1; i++)
		buf_addf(text,
		    "+8613812345678,2026-01-01T%02d:%02d:00Z,"
		    "2027-01-01T00:00:00Z,\n",
		    i / 60, i % 60);
	/* the only one since the withdrawal */
	buf_adds(text,
	    "+8613812345678,2026-02-01T00:00:00Z,2026-12-01T00:00:00Z,\n"
	    "+8613812345678,2026-01-01T00:00:00Z,,2026-01-15T00:00:00Z\n");
	run_write(&run, false);
	number = (struct number){ .key = 8613812345678 };
	for (int one = 0; one < 2; one++) {
		run.o.one_moment = one;
		load(&got, &run, 0, 1);
		cr_assert(got.failed == false);
		v = judged(&run, got.lists.facts, &number);
		cr_expect(verdict_fired(&v, VERDICT_CONSENT_WITHDRAWN));
		outcome_release(&got);
	}
	run_end(&run);
	zone_close(zone);
}

static double
no_clock(void)
{
	return 0;
}

/* One word for a consent that outlasts the run, two for one that has ended. */
Test(list_lane, a_run_has_no_use_for_the_end_of_a_consent_that_holds)
{
	static const char consents[] =
	    "number,granted_at,expires_at\n"
	    "+8613812345678,2026-01-01T00:00:00Z,2026-03-01T04:00:01Z\n"
	    "13812345679,2026-01-01,2026-12-31\n"
	    "+8613812345670,2026-01-01T00:00:00Z,2026-03-01T04:00:00Z\n"
	    "+8613812345671,2026-01-01T00:00:00Z,\n";
	struct scrub_options o = { .inputs = 1,
		.dry_run = true,
		.max_reject = 100,
		.clock = no_clock };
	struct zone *zone = zone_east();
	struct summary summary;
	struct lists lists;
	struct run run;
	struct err err;

	run_begin(&run, zone);
	policy_prepare(&run.policy);
	buf_adds(&run.text[0][0], consents);
	buf_adds(&run.text[1][0], "phone\n13812345678\n13812345670\n");
	run.spec[0] = (struct list_spec){ LIST_CONSENT, "consent",
		run.path[0] };
	run.o.specs = 2;
	run_write(&run, false);
	run.o.specs = 1;
	run.o.rejects = NULL;
	o.input = (const char *const[]){ run.path[1] };
	o.policy = run.policy;
	o.policy.consent_required = true;
	o.rules.region = run.o.rules.region = region_code(SPAN("CN"));
	o.lists = run.o;
	o.lists.policy = &o.policy;
	cr_assert(scrub_run(&o, &lists, &summary, &err) == 0, "%s", err.text);
	cr_expect(summary.kept == 1 && summary.rejected == 1);
	cr_expect(lists.list[0].ended == 1 && lists.list[0].facts == 4);
	cr_expect(facts_words(lists.facts) == 5, "%" PRIu64 " words",
	    facts_words(lists.facts));
	summary_release(&summary);
	lists_release(&lists);
	run.o.specs = 2;
	run_end(&run);
	zone_close(zone);
}
