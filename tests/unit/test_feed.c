#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/feed.h"
#include "flow/list_columns.h"

#define NOW INT64_C(1790000000) /* 2026-09-21 */
enum { GOT_MAX = 64 };

static char folder[] = "/tmp/scrub-feed.XXXXXX";
static struct zone *zone;
static struct err err;

#define OK(call) cr_assert(zero(int, (call)), "%s", err.text)

/* What a sink was handed. */
static struct got {
	uint64_t key;
	struct fact fact;
	uint32_t granted;
	bool remove;
	char topic[32], campaign[32], person[32];
} got[GOT_MAX];
static size_t n_got;

static void
enter(void)
{
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	OK(zone_open(&zone, "UTC", &err));
	n_got = 0;
}

static void
leave(void)
{
	char command[100];

	zone_close(zone);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

TestSuite(feed, .init = enter, .fini = leave);

static void
text_take(char out[32], struct span s)
{
	snprintf(out, 32, "%.*s", (int)s.n, s.n ? s.p : "");
}

static int
take(void *arg, const struct feed_fact *f, struct err *e)
{
	struct got *g = &got[n_got++];

	(void)arg;
	(void)e;
	cr_assert(le(sz, n_got, GOT_MAX));
	*g = (struct got){ .key = f->key,
		.fact = f->fact,
		.granted = f->granted,
		.remove = f->remove };
	text_take(g->topic, f->topic);
	text_take(g->campaign, f->campaign);
	text_take(g->person, f->person);
	return 0;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Written so many seconds before NOW. */
static void
touch(const char *path, int64_t ago)
{
	struct timespec t[2] = { { NOW - ago, 0 }, { NOW - ago, 0 } };

	if (access(path, F_OK) < 0)
		put(path, "");
	cr_assert(zero(int, utimensat(AT_FDCWD, path, t, 0)));
}

/* Read `text` as a list of this layout, with one thread. */
static void
read_text(const char *text, struct feed_list *l, struct feed_result *r)
{
	const struct feed_sink sink = { .add = take };
	const struct feed_options o = { .list = l,
		.zone = zone,
		.now = NOW,
		.threads = 1,
		.sink = &sink };
	const char *path = "feed";
	struct feed_files files;

	put(path, text);
	OK(feed_find(&files, &path, 1, false, zone, NOW, &err));
	cr_assert(eq(sz, files.n, 1));
	l->name = "national";
	*r = (struct feed_result){ 0 };
	n_got = 0;
	OK(feed_read(&o, &files.file[0], l->layout, r, &err));
	feed_files_release(&files);
}

static struct feed_list
north(enum feed_layout layout)
{
	return (struct feed_list){ .kind = LIST_LISTED,
		.layout = layout,
		.rules = { .region = region_code(SPAN("CA")) } };
}

/* ---- finding ---- */

/* The one file of folder "d" that counts; "" for none. */
static void
expect_newest(const char *want)
{
	const char *path = "d";
	struct feed_files files;

	OK(feed_find(&files, &path, 1, false, zone, NOW, &err));
	if (*want) {
		cr_assert(eq(sz, files.n, 1), "want %s", want);
		cr_expect(eq(str, files.file[0].path, (char *)want));
	} else {
		cr_expect(eq(sz, files.n, 0));
		cr_assert(eq(sz, files.missings, 1));
		cr_expect(eq(str, files.missing[0].path, (char *)path));
	}
	feed_files_release(&files);
}

Test(feed, of_a_folder_the_newest_complete_file_counts)
{
	static const char *const partial[] = { "d/.a", "d/a.part", "d/a.tmp",
		"d/a.filepart", "d/a~", "d/a.crdownload" };
	size_t i;

	cr_assert(zero(int, mkdir("d", 0700)));
	for (i = 0; i < sizeof(partial) / sizeof(*partial); i++)
		touch(partial[i], 100);
	cr_assert(zero(int, mkdir("d/sub", 0700)));
	expect_newest("");
	touch("d/fresh", FEED_SETTLE - 1); /* still being written, perhaps */
	expect_newest("");
	touch("d/old", 3000);
	expect_newest("d/old");
	touch("d/fresh", FEED_SETTLE);
	expect_newest("d/fresh");
	/* the date in a name says more than the time of the file */
	touch("d/list-2026-09-22.csv", 9000);
	expect_newest("d/list-2026-09-22.csv");
	touch("d/list_20260923.csv", 9001);
	expect_newest("d/list_20260923.csv");
	/* 2026-13-01 is no date */
	touch("d/list-2026-13-01.csv", 9000);
	expect_newest("d/list_20260923.csv");
}

Test(feed, a_feed_that_is_not_there_is_missing)
{
	const char *path[] = { "b", "a", "c" };
	struct feed_files files;

	touch("a", 5);
	OK(feed_find(&files, path, 3, false, zone, NOW, &err));
	cr_expect(eq(sz, files.n, 1));
	cr_expect(eq(i64, files.file[0].date, NOW - 5));
	cr_assert(eq(sz, files.missings, 2));
	cr_expect(eq(str, files.missing[0].path, "b"));
	cr_expect(eq(str, files.missing[1].path, "c"));
	feed_files_release(&files);
}

Test(feed, change_lists_come_by_their_numbers)
{
	static const char *const want[] = { "d/c-2.csv", "d/c-9.csv",
		"d/c-0010.csv" };
	const char *path = "d";
	struct feed_files files;
	size_t i;

	cr_assert(zero(int, mkdir("d", 0700)));
	touch("d/c-0010.csv", 100);
	touch("d/c-9.csv", 200);
	touch("d/c-2.csv", 100);
	OK(feed_find(&files, &path, 1, true, zone, NOW, &err));
	cr_assert(eq(sz, files.n, 3));
	for (i = 0; i < 3; i++)
		cr_expect(eq(str, files.file[i].path, (char *)want[i]));
	cr_expect(eq(u64, files.file[2].number, 10));
	feed_files_release(&files);
}

/* ---- reading ---- */

Test(feed, lines_are_numbers)
{
	struct feed_list l = north(FEED_LINES);
	struct feed_result r;

	read_text("4162234567\n+44 20 7946 0958\n\nfoo\n416-223-XXXX\n", &l,
	    &r);
	cr_expect(eq(u64, r.lines, 4));
	cr_expect(eq(u64, r.blank, 1));
	cr_expect(eq(u64, r.unusable, 1));
	cr_expect(eq(u64, r.first_bad, 4));
	cr_assert(eq(sz, n_got, 3));
	cr_expect(eq(u64, got[0].key, 14162234567));
	cr_expect(eq(int, got[0].fact.kind, FACT_LISTED));
	cr_expect(eq(u32, got[0].fact.until, FACT_FOREVER));
	cr_expect(eq(u64, got[1].key, 442079460958));
	cr_expect(eq(str, r.cut, ""));
	read_text("4162234567\n4162234568", &l, &r);
	cr_expect(ne(str, r.cut, ""));
	read_text("a,b\n", &l, &r);
	cr_expect(ne(str, r.layout_bad, ""));
	read_text("", &l, &r);
	cr_expect(eq(u64, r.lines, 0));
	cr_expect(eq(str, r.layout_bad, ""));
}

Test(feed, registry_lines_are_area_code_and_number)
{
	struct feed_list l = north(FEED_REGISTRY);
	struct feed_result r;

	l.kind = LIST_DNC;
	read_text(
	    "416,2234567\r\n416,2234568\r\n4162,234569\r\n416,1234567\r\n", &l,
	    &r);
	cr_expect(eq(u64, r.lines, 4));
	/* a split elsewhere, and an exchange that begins with 1 */
	cr_expect(eq(u64, r.unusable, 2));
	cr_expect(eq(u64, r.first_bad, 3));
	cr_assert(ge(sz, n_got, 2));
	cr_expect(eq(u64, got[0].key, 14162234567));
	cr_expect(eq(u64, got[1].key, 14162234568));
	cr_expect(eq(int, got[0].fact.kind, FACT_DNC));
}

Test(feed, csv_means_what_it_means_in_a_run)
{
	struct feed_list l = north(FEED_CSV);
	struct feed_result r;

	l.kind = LIST_CONSENT;
	read_text("number,granted_at,expires_at,withdrawn_at,purpose,"
		  "customer_id\n"
		  "4162234567,2026-01-02T00:00:00Z,,,loans,\n"
		  "4162234568,2026-01-02T00:00:00Z,,2026-03-04T00:00:00Z,,\n",
	    &l, &r);
	cr_expect(eq(u64, r.unusable, 0));
	cr_assert(eq(sz, n_got, 3));
	cr_expect(eq(int, got[0].fact.kind, FACT_CONSENT));
	cr_expect(eq(str, got[0].topic, "loans"));
	cr_expect(eq(u32, got[0].granted, fact_time(1767312000)));
	cr_expect(eq(int, got[1].fact.kind, FACT_WITHDRAWN));
	cr_expect(eq(u32, got[1].fact.until, fact_time(1772582400)));
	cr_expect(eq(int, got[2].fact.kind, FACT_CONSENT));
	cr_expect(eq(str, got[2].topic, ""));
}

Test(feed, a_person_is_handed_on_by_name)
{
	struct feed_list l = north(FEED_CSV);
	struct feed_result r;

	l.kind = LIST_DNC;
	read_text("customer_id,topic,reason\nC-7,loans,complaint\n", &l, &r);
	cr_assert(eq(sz, n_got, 1));
	cr_expect(eq(u64, got[0].key, 0));
	cr_expect(eq(str, got[0].person, "C-7"));
	cr_expect(eq(str, got[0].topic, "loans"));
	cr_expect(eq(int, got[0].fact.n, REASON_COMPLAINT));
}

Test(feed, changes_add_and_remove_and_in_doubt_add)
{
	struct feed_list l = north(FEED_CHANGES);
	struct feed_result r;

	read_text("action,number\nadd,4162234567\nD,4162234568\n"
		  "swap,4162234569\ndelete,416-223-XXXX\n",
	    &l, &r);
	cr_expect(eq(u64, r.lines, 4));
	cr_expect(eq(u64, r.unusable, 2));
	cr_assert(eq(sz, n_got, 3));
	cr_expect(not(got[0].remove));
	cr_expect(got[1].remove && got[1].key == 14162234568);
	cr_expect(not(got[2].remove), "an unknown action frees nobody");
	read_text("number\n4162234567\n", &l, &r);
	cr_expect(ne(str, r.layout_bad, ""));
}

Test(feed, sequence_numbers_of_a_column_are_held_in_order)
{
	static const struct {
		const char *text;
		uint64_t first, last, gap_after, replayed;
	} cases[] = {
		{ "1,a,4162234567\n1,a,4162234568\n2,a,4162234569\n", 1, 2, 0,
		    0 },
		{ "5,a,4162234567\n7,a,4162234568\n", 5, 7, 5, 0 },
		{ "2,a,4162234567\n1,a,4162234568\n", 2, 2, 0, 1 },
	};
	struct feed_list l = north(FEED_CHANGES);
	struct feed_result r;
	char text[200];
	size_t i;

	l.sequence = "seq";
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text), "seq,action,number\n%s",
		    cases[i].text);
		read_text(text, &l, &r);
		cr_expect(eq(u64, r.first, cases[i].first));
		cr_expect(eq(u64, r.last, cases[i].last));
		cr_expect(eq(u64, r.gap_after, cases[i].gap_after));
		cr_expect(eq(u64, r.replayed, cases[i].replayed));
	}
	/* what the base has is passed over */
	l.base_sequence = 1;
	read_text("seq,action,number\n1,a,4162234567\n2,a,4162234568\n", &l,
	    &r);
	cr_expect(eq(u64, r.first, 2));
	cr_expect(eq(sz, n_got, 1));
}

Test(feed, xml_is_elements_and_nothing_else)
{
	enum { GOOD, LAYOUT, CUT };
	static const struct {
		const char *text;
		int want;
		uint64_t lines, unusable;
	} cases[] = {
		{ "<ac val='416'><ph val='2234567' /></ac>", GOOD, 1, 0 },
		{ "<?xml version='1.0'?>\n<x>\n<ac val=\"416\">"
		  "<ph val = '2234567'></ph>\n</ac></x>\n",
		    GOOD, 1, 0 },
		{ "<!-- > <ph> - --><list type='full' val='416'/>", GOOD, 0,
		    0 },
		{ "<ac val='416'><ph val='123'/><ph/><ph val='1234567'/></ac>",
		    GOOD, 3, 3 },
		{ "<list type='add'/>", LAYOUT, 0, 0 },
		{ "<ph val='2234567'/>", LAYOUT, 0, 0 },
		{ "<ac val='416'></ac><ph val='2234567'/>", LAYOUT, 0, 0 },
		{ "<ac val='41'/>", LAYOUT, 0, 0 },
		{ "<ac val='416'><ac val='647'/></ac>", LAYOUT, 0, 0 },
		{ "<ac val='416'>2234567</ac>", LAYOUT, 0, 0 },
		{ "<ac val=416></ac>", LAYOUT, 0, 0 },
		{ "<a></b>", LAYOUT, 0, 0 },
		{ "</a>", LAYOUT, 0, 0 },
		{ "<!DOCTYPE x>", LAYOUT, 0, 0 },
		{ "416,2234567\n", LAYOUT, 0, 0 },
		{ "<a <b/>", LAYOUT, 0, 0 },
		{ "<ac val='416'><ph val='2234567' />", CUT, 1, 0 },
		{ "<ac val='416'><ph val='2234567' /></ac", CUT, 1, 0 },
		{ "<!-- ", CUT, 0, 0 },
	};
	struct feed_list l = north(FEED_DNCL_XML);
	struct feed_result r;
	bool as_wanted;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int want = cases[i].want;

		read_text(cases[i].text, &l, &r);
		as_wanted = (r.layout_bad[0] != '\0') == (want == LAYOUT) &&
		    (r.cut[0] != '\0') == (want == CUT) &&
		    r.lines == cases[i].lines &&
		    r.unusable == cases[i].unusable;
		cr_expect(as_wanted, "%s: '%s' '%s'", cases[i].text,
		    r.layout_bad, r.cut);
	}
	read_text("<ac val='416'><ph val='2234567'/></ac>", &l, &r);
	cr_assert(eq(sz, n_got, 1));
	cr_expect(eq(u64, got[0].key, 14162234567));
}

Test(feed, a_file_that_changed_since_it_was_found_is_growing)
{
	struct feed_list l = north(FEED_LINES);
	const struct feed_sink sink = { .add = take };
	struct feed_options o = { .list = &l,
		.zone = zone,
		.now = NOW,
		.threads = 1,
		.sink = &sink };
	struct feed_result r = { 0 };
	struct feed_files files;
	const char *path = "feed";

	l.name = "national";
	put(path, "4162234567\n");
	OK(feed_find(&files, &path, 1, false, zone, NOW, &err));
	put(path, "4162234567\n4162234568\n");
	OK(feed_read(&o, &files.file[0], FEED_LINES, &r, &err));
	cr_expect(r.growing);
	feed_files_release(&files);
}

Test(feed, the_sample_of_the_canadian_registry_is_read)
{
	struct feed_list l = north(FEED_REGISTRY);
	const struct feed_sink sink = { .add = take };
	struct feed_result r = { 0 };
	struct feed_files files;
	const char *path = "/work/shared/data/dnc/dncl_flat.txt";
	struct feed_options o = { .list = &l,
		.zone = zone,
		.now = INT64_MAX / 2,
		.threads = 1,
		.sink = &sink };

	if (access(path, R_OK) < 0)
		cr_skip("the shared data is not there");
	l.name = "national";
	OK(feed_find(&files, &path, 1, false, zone, o.now, &err));
	OK(feed_read(&o, &files.file[0], FEED_REGISTRY, &r, &err));
	cr_expect(eq(u64, r.lines, 3));
	feed_files_release(&files);
}

Test(feed, layouts_have_names)
{
	enum feed_layout l;
	unsigned i;

	for (i = 0; i < FEED_LAYOUTS; i++)
		cr_expect(feed_layout_parse(&l,
			      span_str(
				  feed_layout_name((enum feed_layout)i))) &&
			l == i,
		    "layout: %u", i);
	cr_expect(not(feed_layout_parse(&l, SPAN("xls"))));
}

/* ---- a feed that changes while it is read ---- */

enum { LONG = 300000, LINE = 12 }; /* lines, and bytes of each: some blocks */

struct meddling {
	void (*meddle)(void);
	bool done;
	uint64_t keys;
};

/* At the first number, when no more than some blocks can have been read. */
static int
take_and_meddle(void *arg, const struct feed_fact *f, struct err *e)
{
	struct meddling *m = arg;

	(void)f;
	(void)e;
	m->keys++;
	if (!m->done)
		m->meddle();
	m->done = true;
	return 0;
}

static void
grow(void)
{
	FILE *f = fopen("feed", "a");

	cr_assert(f && fputs("416,2234567\n", f) >= 0 && fclose(f) == 0);
}

/* At a line end, so that nothing else would tell. */
static void
cut(void)
{
	cr_assert(zero(int, truncate("feed", LONG / 2 * LINE)));
}

/* Other bytes, the same size, the time put back. */
static void
alter(void)
{
	int fd = open("feed", O_WRONLY);

	cr_assert(fd >= 0 && pwrite(fd, "647", 3, (LONG - 1) * LINE) == 3);
	close(fd);
	touch("feed", 100);
}

static void
replace(void)
{
	put("other", "416,2234567\n");
	touch("other", 100);
	cr_assert(zero(int, rename("other", "feed")));
}

static void
take_away(void)
{
	cr_assert(zero(int, unlink("feed")));
}

static void
let_be(void)
{
}

Test(feed, one_that_changes_while_it_is_read_is_growing)
{
	static const struct {
		void (*meddle)(void);
		bool growing;
	} cases[] = { { let_be, false }, { grow, true }, { cut, true },
		{ alter, true }, { replace, true }, { take_away, true } };
	struct feed_list l = north(FEED_REGISTRY);
	const char *path = "feed";
	size_t i;

	l.name = "national";
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct meddling m = { cases[i].meddle, false, 0 };
		const struct feed_sink sink = { take_and_meddle, { &m } };
		const struct feed_options o = { .list = &l,
			.zone = zone,
			.now = NOW,
			.threads = 1,
			.sink = &sink };
		struct feed_result r = { 0 };
		struct feed_files files;
		FILE *f = fopen(path, "w");
		int n;

		cr_assert(f != NULL);
		for (n = 0; n < LONG; n++)
			fprintf(f, "416,%d\n", 2234567 + n);
		cr_assert(zero(int, fclose(f)));
		touch(path, 100);
		OK(feed_find(&files, &path, 1, false, zone, NOW, &err));
		cr_expect(eq(i64, files.file[0].size, LONG * LINE));
		OK(feed_read(&o, &files.file[0], l.layout, &r, &err));
		cr_expect(r.growing == cases[i].growing, "case %zu", i);
		cr_expect(r.growing || m.keys == LONG);
		feed_files_release(&files);
	}
}
