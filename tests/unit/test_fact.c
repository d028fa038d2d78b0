#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/clock.h"
#include "store/fact.h"

Test(fact, packs_into_64_bits_and_back)
{
	static const struct fact cases[] = {
		{ 0, 0, FACT_DNC, 0, 0, 0 },
		{ FACT_FOREVER, 255, FACT_ALLOW, 1023, CHANNEL_OTHER, 63 },
		{ 12345, 7, FACT_CALL, 3, CHANNEL_SMS, REASON_OTHER },
		{ 1, 1, FACT_CONSENT, 512, CHANNEL_VOICE, 1 },
	};
	struct fact out;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fact *f = &cases[i];

		fact_unpack(&out, fact_pack(f));
		cr_expect(out.until == f->until && out.list == f->list &&
			out.kind == f->kind && out.scope == f->scope &&
			out.channel == f->channel && out.n == f->n,
		    "case %zu", i);
		cr_expect(eq(uint, fact_kind_of(fact_pack(f)), f->kind));
	}
}

Test(fact, times_are_seconds_since_2000)
{
	cr_expect(eq(u32, fact_time(946684800), 0));
	cr_expect(eq(u32, fact_time(946684801), 1));
	cr_expect(eq(u32, fact_time(0), 0));
	cr_expect(eq(u32, fact_time(CLOCK_NEVER), FACT_FOREVER));
	cr_expect(eq(u32, fact_time(INT64_C(5300000000)), FACT_FOREVER),
	    "past 2136 there is no end");
	cr_expect(eq(i64, fact_utc(FACT_FOREVER), CLOCK_NEVER));
	cr_expect(eq(i64, fact_utc(fact_time(1772323200)), 1772323200));
}

Test(fact, subjects_of_different_kinds_never_meet)
{
	uint64_t number = UINT64_C(8613800000001);

	cr_expect(subject_is_number(number));
	cr_expect(not(subject_is_number(subject_prefix(number))));
	cr_expect(eq(u64, subject_prefix(86755) >> 62, 2));
	cr_expect(eq(u64, subject_person(SPAN("C-17"), 1) >> 62, 3));
	cr_expect(ne(u64, subject_person(SPAN("C-17"), 1),
		      subject_person(SPAN("C-17"), 2)),
	    "the seed is a key");
}

Test(fact, reasons_are_read_from_what_lists_say)
{
	static const struct {
		const char *text;
		enum fact_reason reason;
	} cases[] = {
		{ "", REASON_NONE },
		{ "  ", REASON_NONE },
		{ "request", REASON_REQUEST },
		{ "Dead-Number", REASON_DEAD_NUMBER },
		{ "opt_out", REASON_REQUEST },
		{ "Unsubscribed by SMS", REASON_REQUEST },
		{ "客户要求", REASON_REQUEST },
		{ "投诉", REASON_COMPLAINT },
		{ "customer complaint", REASON_COMPLAINT },
		{ "known LITIGATOR", REASON_LEGAL },
		{ "恶意骚扰", REASON_MALICIOUS },
		{ "空号", REASON_DEAD_NUMBER },
		{ "wrong party", REASON_OTHER },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(fact_reason_parse(span_str(cases[i].text)) ==
			cases[i].reason,
		    "'%s'", cases[i].text);
}

Test(fact, channels_are_read_or_refused)
{
	enum fact_channel c;

	cr_expect(fact_channel_parse(&c, SPAN("")) && c == CHANNEL_ANY);
	cr_expect(fact_channel_parse(&c, SPAN(" ALL ")) && c == CHANNEL_ANY);
	cr_expect(fact_channel_parse(&c, SPAN("Voice")) && c == CHANNEL_VOICE);
	cr_expect(fact_channel_parse(&c, SPAN("短信")) && c == CHANNEL_SMS);
	cr_expect(not(fact_channel_parse(&c, SPAN("pigeon"))));
}
