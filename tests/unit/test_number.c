#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

#include "text/number.h"

/*
 * A cell, the region it is read in, and what it must give.  `numbers` are
 * those of a readable cell, else the readings that block; the type is that
 * of the first.  The rows follow NUMBERS rules: a repair needs an invalid
 * plain reading and one valid repaired one.
 */
struct row {
	const char *in, *region, *status, *numbers, *type, *flags;
};

static void
numbers_text(char *out, size_t cap, const struct number_cell *c)
{
	size_t n = 0;

	out[0] = '\0';
	for (int i = 0; i < c->count; i++) {
		char e164[NUMBER_TEXT_MAX];

		number_e164(e164, c->number[i].key);
		n += (size_t)snprintf(out + n, cap - n, "%s%s",
		    i > 0 ? ";" : "", e164);
	}
}

static void
check_row(const struct row *r, const struct number_rules *base)
{
	struct number_rules rules = *base;
	struct number_cell c;
	char numbers[NUMBER_MAX * NUMBER_TEXT_MAX], flags[NUMBER_FLAGS_MAX];
	const char *type = "";

	memset(&c, 0xa5, sizeof(c)); /* it must not rely on a cleared one */
	rules.region = region_code(span_str(r->region));
	number_parse(&c, span_str(r->in), &rules);
	numbers_text(numbers, sizeof(numbers), &c);
	number_flags_text(flags, &c);
	if (number_readable(&c))
		type = number_type_name((enum number_type)c.number[0].type);
	cr_expect(eq(str, (char *)number_status_name(c.status),
		      (char *)r->status),
	    "input: %s (%s)", r->in, r->region);
	cr_expect(eq(str, numbers, (char *)r->numbers), "input: %s (%s)", r->in,
	    r->region);
	cr_expect(eq(str, (char *)type, (char *)r->type), "input: %s (%s)",
	    r->in, r->region);
	cr_expect(eq(str, flags, (char *)r->flags), "input: %s (%s)", r->in,
	    r->region);
}

static void
check_rows(const struct row *r, size_t n)
{
	const struct number_rules rules = { 0 };

	for (size_t i = 0; i < n; i++)
		check_row(&r[i], &rules);
}

#define ROWS(table) check_rows(table, sizeof(table) / sizeof((table)[0]))

static const struct row codes[] = {
	{ "+86 138 1234 5678", "US", "ok", "+8613812345678", "MOBILE",
	    "foreign" },
	{ "0086-138-1234-5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "+8613812345678", "ZZ", "ok", "+8613812345678", "MOBILE", "" },
	{ "008613812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "(86)13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "86 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "086-138-1234-5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc" },
	{ "+86 86 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc" },
	{ "8686 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc" },
	{ "0086 0086 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc" },
	{ "+86-0086-13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc" },
	{ "+86+8613812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "dup_cc,odd_separator" },
	{ "+0086 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "86+13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "+86 86 10 62345678", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "dup_cc" },
	{ "086-10-62345678", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "dup_cc" },
	{ "+860086 010-62345678", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "dup_cc" },
	{ "0013812345678", "CN", "invalid", "+8613812345678", "",
	    "suggest:+8613812345678" },
	{ "+13812345678", "CN", "invalid", "+8613812345678", "",
	    "suggest:+8613812345678" },
	{ "+15912345678", "CN", "invalid", "+8615912345678", "",
	    "suggest:+8615912345678" },
	{ "+2025550143", "US", "invalid", "+12025550143", "",
	    "suggest:+12025550143" },
	{ "12025550143", "CN", "invalid", "+12025550143", "",
	    "suggest:+12025550143" },
	{ "14155550123", "CN", "invalid", "+14155550123", "", "iot" },
	{ "85291234567", "CN", "invalid", "+85291234567", "",
	    "suggest:+85291234567" },
	{ "85366123456", "CN", "invalid", "+85366123456", "",
	    "suggest:+85366123456" },
	{ "886912345678", "CN", "invalid", "+886912345678", "",
	    "suggest:+886912345678" },
	{ "00852 91234567", "CN", "ok", "+85291234567", "MOBILE", "foreign" },
	{ "+853 6612 3456", "CN", "ok", "+85366123456", "MOBILE", "foreign" },
	{ "+886 912 345 678", "CN", "ok", "+886912345678", "MOBILE",
	    "foreign" },
	{ "8613812345678", "US", "invalid", "+8613812345678", "",
	    "suggest:+8613812345678" },
	{ "442079460958", "US", "invalid", "+442079460958", "",
	    "suggest:+442079460958" },
	{ "0044 20 7946 0958", "US", "invalid", "+442079460958", "",
	    "suggest:+442079460958" },
	{ "0044 20 7946 0958", "GB", "ok", "+442079460958", "FIXED_LINE", "" },
	{ "011 44 20 7946 0958", "US", "ok", "+442079460958", "FIXED_LINE",
	    "foreign" },
	{ "011 44 20 7946 0958", "CN", "invalid", "+442079460958", "",
	    "suggest:+442079460958" },
	{ "020 7946 0958 x12", "GB", "ok", "+442079460958", "FIXED_LINE",
	    "ext=12" },
	{ "+44 (0)20 7946 0958", "GB", "ok", "+442079460958", "FIXED_LINE",
	    "" },
	{ "+44 44 20 7946 0958", "GB", "repaired", "+442079460958",
	    "FIXED_LINE", "dup_cc" },
	{ "0044 0044 20 7946 0958", "GB", "repaired", "+442079460958",
	    "FIXED_LINE", "dup_cc" },
	{ "044 20 7946 0958", "GB", "repaired", "+442079460958", "FIXED_LINE",
	    "dup_cc" },
	{ "+49 49 30 123456", "DE", "repaired", "+4930123456", "FIXED_LINE",
	    "dup_cc" },
	{ "+33 33 6 12 34 56 78", "FR", "repaired", "+33612345678", "MOBILE",
	    "dup_cc" },
	{ "+33 (0)6 12 34 56 78", "FR", "ok", "+33612345678", "MOBILE", "" },
	{ "0033 6 12 34 56 78", "FR", "ok", "+33612345678", "MOBILE", "" },
	{ "06.12.34.56.78", "FR", "ok", "+33612345678", "MOBILE", "" },
	{ "06-12-34-56-78", "FR", "ok", "+33612345678", "MOBILE", "" },
	{ "01 42 68 53 00 / 06 12 34 56 78", "FR", "multi",
	    "+33142685300;+33612345678", "FIXED_LINE", "split" },
	{ "01 42 68 53 00 ou 06 12 34 56 78", "FR", "multi",
	    "+33142685300;+33612345678", "FIXED_LINE", "split" },
	{ "+39 (0)6 1234 5678", "IT", "ok", "+390612345678", "FIXED_LINE", "" },
	{ "06 1234 5678", "IT", "ok", "+390612345678", "FIXED_LINE", "" },
	{ "612345678", "IT", "repaired", "+390612345678", "FIXED_LINE",
	    "lost_zero" },
	{ "3331234567", "IT", "ok", "+393331234567", "MOBILE", "" },
	{ "+34 612 345 678", "ES", "ok", "+34612345678", "MOBILE", "" },
	{ "034 612 345 678", "ES", "repaired", "+34612345678", "MOBILE",
	    "dup_cc" },
	{ "612 345 678 y 912 345 678", "ES", "multi",
	    "+34612345678;+34912345678", "MOBILE", "split" },
};

Test(number, country_codes_in_every_place)
{
	ROWS(codes);
}

static const struct row plain[] = {
	{ "(202) 555-0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "202.555.0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "1-202-555-0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "2025550143 / 2025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "2025550143, 2025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "2025550143;2025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "2025550143 2025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "20255501432025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split,glued" },
	{ "2025550143 ext 12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "2025550143 ext. 12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "2025550143x12", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "ext=12" },
	{ "2025550143 #12", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "ext=12" },
	{ "2025550143,12", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "ext=12" },
	{ "2025550143;ext=12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "2025550143 x2025550144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "(202) 555-0143 (ext 12)", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143-12", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143 (12)", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143 option 2", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=2" },
};

Test(number, plain_numbers_and_extensions_the_plan_knows)
{
	ROWS(plain);
}

static const struct row service[] = {
	{ "555-0143", "US", "local", "", "", "" },
	{ "5550143", "US", "local", "", "", "" },
	{ "911", "US", "service", "", "", "" },
	{ "411", "US", "service", "", "", "" },
	{ "112", "US", "service", "", "", "" },
	{ "112", "DE", "service", "", "", "" },
	{ "999", "GB", "service", "", "", "" },
	{ "110", "JP", "service", "", "", "" },
	{ "10086", "CN", "service", "", "", "" },
	{ "1008611", "CN", "service", "", "", "" },
	{ "+86 10086", "CN", "service", "", "", "" },
	{ "10000", "CN", "service", "", "", "" },
	{ "12306", "CN", "service", "", "", "" },
	{ "955", "CN", "invalid", "", "", "" },
	{ "95555", "CN", "service", "", "", "" },
	{ "96110", "CN", "service", "", "", "" },
	{ "116114", "CN", "service", "", "", "" },
	{ "118114", "CN", "service", "", "", "" },
	{ "01095588", "CN", "ok", "+861095588", "FIXED_LINE", "" },
};

Test(number, local_and_service_numbers_are_not_subscribers)
{
	ROWS(service);
}

static const struct row ranges[] = {
	{ "10690123456", "CN", "invalid", "", "", "iot" },
	{ "106901234567", "CN", "service", "", "", "" },
	{ "1069012345678", "CN", "invalid", "", "", "iot" },
	{ "861064812345678", "CN", "invalid", "", "", "iot" },
	{ "+86 14012345678", "CN", "invalid", "", "", "iot" },
	{ "14912345678", "CN", "invalid", "", "", "iot" },
	{ "14812345678", "CN", "invalid", "", "", "iot" },
	{ "14512345678", "CN", "ok", "+8614512345678", "MOBILE", "" },
	{ "17212345678", "CN", "ok", "+8617212345678", "MOBILE", "" },
	{ "17400123456", "CN", "ok", "+8617400123456", "MOBILE", "satellite" },
	{ "13490123456", "CN", "ok", "+8613490123456", "MOBILE", "satellite" },
	{ "16212345678", "CN", "ok", "+8616212345678", "MOBILE", "mvno" },
	{ "17012345678", "CN", "ok", "+8617012345678", "MOBILE", "mvno" },
	{ "18888888888", "CN", "ok", "+8618888888888", "MOBILE", "dummy?" },
	{ "13888888888", "CN", "ok", "+8613888888888", "MOBILE", "dummy?" },
	{ "13800000000", "CN", "ok", "+8613800000000", "MOBILE", "dummy?" },
};

Test(number, ranges_of_machines_satellites_and_virtual_operators)
{
	ROWS(ranges);
}

static const struct row nothing[] = {
	{ "00000000000", "CN", "invalid", "", "", "" },
	{ "1234567890", "US", "invalid", "", "", "" },
	{ "5555555555", "US", "invalid", "", "", "" },
	{ "N/A", "US", "invalid", "", "", "" },
	{ "null", "CN", "invalid", "", "", "" },
	{ "无", "CN", "invalid", "", "", "" },
	{ "暂无", "CN", "invalid", "", "", "" },
	{ "--", "CN", "invalid", "", "", "" },
	{ "0", "CN", "invalid", "", "", "" },
	{ "?", "CN", "invalid", "", "", "" },
};

Test(number, placeholders_are_invalid)
{
	ROWS(nothing);
}

static const struct row area[] = {
	{ "12345678", "CN", "invalid", "", "", "" },
	{ "62345678", "CN", "local", "", "", "" },
	{ "6234567", "CN", "local", "", "", "" },
	{ "6234567转801", "CN", "local", "", "", "" },
	{ "62345678、62345679", "CN", "local", "", "", "" },
};

Test(number, a_number_without_its_area_is_local)
{
	ROWS(area);
}

static const struct row lines[] = {
	{ "010-62345678、62345679", "CN", "multi",
	    "+861062345678;+861062345679", "FIXED_LINE", "split" },
	{ "010-62345678,62345679", "CN", "multi", "+861062345678;+861062345679",
	    "FIXED_LINE", "split" },
	{ "010-62345678/79", "CN", "ambiguous", "+861062345678;+861062345679",
	    "", "" },
	{ "010-62345678或79", "CN", "multi", "+861062345678;+861062345679",
	    "FIXED_LINE", "split" },
	{ "010-62345678-802/803", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678,802", "CN", "ok", "+861062345678", "FIXED_LINE",
	    "ext=802" },
	{ "010-62345678 转 802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678转分机802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678 分机号:802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678（802）", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678（转802）", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678*802", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "ext=802" },
	{ "010-62345678#802", "CN", "ok", "+861062345678", "FIXED_LINE",
	    "ext=802" },
	{ "010-62345678 内线802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "010-62345678 ext 802", "CN", "ok", "+861062345678", "FIXED_LINE",
	    "ext=802" },
	{ "400-812-3456转1", "CN", "repaired", "+864008123456", "SHARED_COST",
	    "ext=1" },
};

Test(number, extensions_and_further_lines_of_an_office)
{
	ROWS(lines);
}

static const struct row names[] = {
	{ "13812345678（张三）", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678 张三", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678张三", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "张三 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "张三13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "(张三)13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678(手机)", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "2025550143 John Smith", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "2025550143 (mobile)", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "2025550143 (call after 3pm)", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
};

Test(number, names_and_notes_after_the_number_are_ignored)
{
	ROWS(names);
}

static const struct row several[] = {
	{ "手机:13812345678 电话:010-62345678", "CN", "multi",
	    "+8613812345678;+861062345678", "MOBILE", "split" },
	{ "13812345678(张三) 13912345678(李四)", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678 张三 13912345678 李四", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678 或 13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678、13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678，13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678；13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678 & 13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678 13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678-13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678|13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678\n13912345678\n13712345678", "CN", "multi",
	    "+8613812345678;+8613912345678;+8613712345678", "MOBILE", "split" },
	{ "13812345678/13812345678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "split" },
	{ "13812345678/无", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678/62345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "13812345678,13912345678,13712345678", "CN", "multi",
	    "+8613812345678;+8613912345678;+8613712345678", "MOBILE", "split" },
	{ "138123456781391234567813712345678", "CN", "multi",
	    "+8613812345678;+8613912345678;+8613712345678", "MOBILE",
	    "split,glued" },
	{ "1381234567801062345678", "CN", "multi",
	    "+8613812345678;+861062345678", "MOBILE", "split,glued" },
	{ "13812345678075512345678", "CN", "multi",
	    "+8613812345678;+8675512345678", "MOBILE", "split,glued" },
};

Test(number, several_numbers_in_a_cell_are_split)
{
	ROWS(several);
}

static const struct row separators[] = {
	{ "138_1234_5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138,1234,5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "13,812,345,678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "13'812'345'678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138:1234:5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138=1234=5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138，1234，5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138*1234*5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138#1234#5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "138\u00a01234\u00a05678", "CN", "ok", "+8613812345678", "MOBILE",
	    "" },
	{ "138\u30001234\u30005678", "CN", "ok", "+8613812345678", "MOBILE",
	    "" },
	{ "138\u20091234\u20095678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138\u202f1234\u202f5678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138\u00ad1234\u00ad5678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138\u200c1234\u200c5678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138\u20601234\u20605678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138–1234—5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138－1234－5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138—1234—5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138\u20271234\u20275678", "CN", "repaired", "+8613812345678",
	    "MOBILE", "odd_separator" },
	{ "138・1234・5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "odd_separator" },
	{ "1\ufe0f\u20e33\ufe0f\u20e3812345678", "CN", "repaired",
	    "+8613812345678", "MOBILE", "odd_separator" },
};

Test(number, odd_separators_are_repaired)
{
	ROWS(separators);
}

static const struct row labels[] = {
	{ "📞13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "☎ 010-62345678", "CN", "ok", "+861062345678", "FIXED_LINE", "" },
	{ "①13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "1. 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "1、13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "电话1:13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "Tel: 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "tel13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "TEL.13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "Mobile:13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "M：13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "ID:13812345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "QQ:13812345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "QQ13812345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "abc13812345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "SO20231012001", "CN", "invalid", "+20231012001", "", "" },
	{ "user_13812345678", "CN", "invalid", "+8613812345678", "", "" },
	{ "E12345678", "CN", "invalid", "", "", "" },
	{ "京A12345", "CN", "invalid", "", "", "" },
};

Test(number, labels_are_ignored_and_identifiers_refused)
{
	ROWS(labels);
}

static const struct row wrappers[] = {
	{ "'13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "‘13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "=\"13812345678\"", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "=+8613812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "“13812345678”", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "【13812345678】", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "<13812345678>", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "[13812345678]", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "(13812345678)", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "{13812345678}", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "`13812345678`", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678;", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678、", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678!", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ " 13812345678 ", "CN", "ok", "+8613812345678", "MOBILE", "" },
};

Test(number, wrappers_are_ignored)
{
	ROWS(wrappers);
}

static const struct row floats[] = {
	{ "13812345678.0", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail" },
	{ "13812345678.00", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail" },
	{ "8613812345678.0", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail" },
	{ "+8613812345678.0", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail" },
	{ "13812345678,0", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail" },
	{ "13812345678,00", "DE", "invalid", "", "", "" },
	{ "62345678.0", "CN", "local", "", "", "" },
	{ "13812345678.5", "CN", "invalid", "", "", "" },
	{ "138123456.78", "CN", "invalid", "+8613812345678", "", "" },
	{ "\"13,812,345,678.00\"", "CN", "repaired", "+8613812345678", "MOBILE",
	    "float_tail,odd_separator" },
	{ "12025550143.0", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "float_tail" },
	{ "2025550143.0", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "float_tail" },
	{ "06641234567.0", "AT", "repaired", "+436641234567", "MOBILE",
	    "float_tail" },
};

Test(number, a_tail_of_zeros_is_cut)
{
	ROWS(floats);
}

static const struct row scientific[] = {
	{ "1.3812345678E+10", "CN", "repaired", "+8613812345678", "MOBILE",
	    "sci_exact" },
	{ "1.3812345678E10", "CN", "repaired", "+8613812345678", "MOBILE",
	    "sci_exact" },
	{ "1,3812345678E+10", "CN", "repaired", "+8613812345678", "MOBILE",
	    "sci_exact" },
	{ "1.38123456780E+10", "CN", "repaired", "+8613812345678", "MOBILE",
	    "sci_exact" },
	{ "8.613812345678E+12", "CN", "repaired", "+8613812345678", "MOBILE",
	    "sci_exact" },
	{ "2.02555E+09", "US", "damaged", "", "", "" },
	{ "2.025550143E+09", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "sci_exact" },
	{ "2.025550143E9", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "sci_exact" },
	{ "1.2025550143E+10", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "sci_exact" },
	{ "4.930123456E+10", "DE", "damaged", "", "", "" },
	{ "4,93E+10", "DE", "damaged", "", "", "" },
	{ "6.6412E10", "AT", "damaged", "", "", "" },
	{ "1E+10", "CN", "damaged", "", "", "" },
	{ "1.4E+10", "CN", "damaged", "", "", "" },
	{ "1.23E+15", "CN", "invalid", "", "", "" },
	{ "1.38E-5", "CN", "invalid", "", "", "" },
	{ "1.5E3", "CN", "invalid", "", "", "" },
	{ "3.36123E+10", "FR", "damaged", "", "", "" },
};

Test(number, scientific_notation_is_exact_or_damaged)
{
	ROWS(scientific);
}

static const struct row lost[] = {
	{ "13812345678%", "CN", "damaged", "+8613812345678", "", "" },
	{ "50%", "CN", "invalid", "", "", "" },
	{ "1381234567800.00%", "CN", "damaged", "", "", "" },
	{ "########", "CN", "damaged", "", "", "" },
	{ "#N/A", "CN", "damaged", "", "", "" },
	{ "#VALUE!", "CN", "damaged", "", "", "" },
	{ "#NAME?", "US", "damaged", "", "", "" },
	{ "#DIV/0!", "CN", "damaged", "", "", "" },
};

Test(number, percentages_and_error_values_are_damaged)
{
	ROWS(lost);
}

static const struct row masks[] = {
	{ "138****5678", "CN", "damaged", "", "", "" },
	{ "138••••5678", "CN", "damaged", "", "", "" },
	{ "138××××5678", "CN", "damaged", "", "", "" },
	{ "138####5678", "CN", "damaged", "", "", "" },
	{ "138?\?\?\?5678", "CN", "damaged", "", "", "" },
	{ "138----5678", "CN", "damaged", "", "", "" },
	{ "138____5678", "CN", "damaged", "", "", "" },
	{ "138....5678", "CN", "damaged", "", "", "" },
	{ "138...5678", "CN", "damaged", "", "", "" },
	{ "138 **** 5678", "CN", "damaged", "", "", "" },
	{ "138-****-5678", "CN", "damaged", "", "", "" },
	{ "+86 138 **** 5678", "CN", "damaged", "", "", "" },
	{ "***********", "CN", "damaged", "", "", "" },
	{ "****5678", "CN", "damaged", "", "", "" },
	{ "XXXXXXXXXXX", "CN", "damaged", "", "", "" },
	{ "xxx", "CN", "invalid", "", "", "" },
	{ "1381234567X", "CN", "damaged", "", "", "" },
	{ "1381234567*", "CN", "damaged", "", "", "" },
	{ "13812345678*", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "*13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "202-555-XXXX", "US", "damaged", "", "", "" },
	{ "(202) XXX-XXXX", "US", "damaged", "", "", "" },
	{ "(202) 555-01**", "US", "damaged", "", "", "" },
	{ "202-***-0143", "US", "damaged", "", "", "" },
	{ "07911 XXXXXX", "GB", "damaged", "", "", "" },
	{ "030 XXXX", "DE", "damaged", "", "", "" },
	{ "13812345678/139****5678", "CN", "damaged",
	    "+8613812345678;+8613812345139", "", "" },
};

Test(number, masked_digits_are_damaged)
{
	ROWS(masks);
}

static const struct row letters[] = {
	{ "138l2345678", "CN", "damaged", "+8613812345678", "", "" },
	{ "1381234567O", "CN", "damaged", "+8613812345670", "", "" },
	{ "O13812345678", "CN", "damaged", "+8613812345678", "", "" },
	{ "2O2555O143", "US", "damaged", "+12025550143", "", "" },
	{ "(2O2) 555-0143", "US", "damaged", "+12025550143", "", "" },
	{ "O20 7946 0958", "GB", "damaged", "+442079460958", "", "" },
	{ "13812345678a", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "138a12345678", "CN", "damaged", "", "", "" },
	{ "1381234k678", "CN", "damaged", "", "", "" },
	{ "1-800-FLOWERS", "US", "invalid", "+18003569377", "", "" },
	{ "1-800-GOT-JUNK", "US", "invalid", "+18004685865", "", "" },
};

Test(number, letters_among_digits_are_damaged)
{
	ROWS(letters);
}

static const struct row dates[] = {
	{ "2019/05/12", "CN", "invalid", "", "", "" },
	{ "2019.05.12", "CN", "invalid", "", "", "" },
	{ "12.05.2019", "DE", "invalid", "", "", "" },
	{ "12/05/2019", "GB", "invalid", "", "", "" },
	{ "5/12/19", "US", "invalid", "", "", "" },
	{ "2019-05-12 10:30:00", "CN", "invalid", "+862019051210", "", "" },
	{ "2019-05-12T10:30:00Z", "CN", "invalid", "", "", "" },
	{ "2019年5月12日", "CN", "invalid", "", "", "" },
	{ "20190512103000", "DE", "invalid", "+4920190512103000", "", "" },
	{ "20190512", "DE", "ok", "+4920190512", "FIXED_LINE", "" },
	{ "10:30", "CN", "invalid", "", "", "" },
	{ "192.168.1.1", "DE", "invalid", "", "", "" },
	{ "110101199003078515", "CN", "invalid", "", "", "" },
	{ "110101900307851", "CN", "invalid", "", "", "" },
	{ "6222021234567890123", "CN", "invalid", "", "", "" },
	{ "a@b.com", "US", "invalid", "", "", "" },
	{ "john@2025550143.com", "US", "invalid", "+12025550143", "", "" },
};

Test(number, dates_ids_and_addresses_are_invalid)
{
	ROWS(dates);
}

static const struct row mexico[] = {
	{ "055 1234 5678", "MX", "invalid", "", "", "" },
	{ "55 1234 5678", "MX", "ok", "+525512345678", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "045 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "01 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "01 800 123 4567", "MX", "repaired", "+528001234567", "TOLL_FREE",
	    "legacy_mx" },
	{ "+52 1 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "+52 1 55 1234 5678", "US", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx,foreign" },
	{ "5215512345678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "0052 1 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "15512345678", "MX", "invalid", "+15512345678", "",
	    "suggest:+15512345678" },
	{ "+52 044 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
};

Test(number, mexican_prefixes_of_old_are_repaired)
{
	ROWS(mexico);
}

static const struct row ip_dial[] = {
	{ "17951 010-62345678", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "ip_prefix,np_after_ip" },
	{ "17909-0138-1234-5678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ip_prefix,np_after_ip" },
	{ "12593 13812345678", "CN", "ok", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	{ "12593013812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ip_prefix,np_after_ip" },
	{ "125831 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	{ "10193 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	{ "17951 86 13812345678", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ip_prefix,np_after_ip" },
	{ "17951 0086 13812345678", "CN", "ok", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	{ "+86 17951 13812345678", "CN", "ok", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	{ "17951 755 12345678", "CN", "ok", "+8675512345678", "FIXED_LINE",
	    "ip_prefix" },
	{ "17951010-62345678-802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ip_prefix,np_after_ip,ext=802" },
};

Test(number, ip_dial_prefixes_come_off)
{
	ROWS(ip_dial);
}

static const struct row world[] = {
	{ "+55 11 91234-5678", "BR", "ok", "+5511912345678", "MOBILE", "" },
	{ "(11) 91234-5678", "BR", "ok", "+5511912345678", "MOBILE", "" },
	{ "011 91234-5678", "BR", "ok", "+5511912345678", "MOBILE", "" },
	{ "090-1234-5678", "JP", "ok", "+819012345678", "MOBILE", "" },
	{ "03-1234-5678", "JP", "ok", "+81312345678", "FIXED_LINE", "" },
	{ "+81 (0)3 1234 5678", "JP", "ok", "+81312345678", "FIXED_LINE", "" },
	{ "098765 43210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "9876543210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "+91-98765-43210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "91 9876543210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "9123 4567", "HK", "ok", "+85291234567", "MOBILE", "" },
	{ "852 9123 4567", "HK", "ok", "+85291234567", "MOBILE", "" },
	{ "+852-9123-4567", "HK", "ok", "+85291234567", "MOBILE", "" },
	{ "02 2345 6789", "TW", "ok", "+886223456789", "FIXED_LINE", "" },
	{ "(02)2345-6789#123", "TW", "ok", "+886223456789", "FIXED_LINE",
	    "ext=123" },
	{ "(02)2345-6789 分機123", "TW", "repaired", "+886223456789",
	    "FIXED_LINE", "ext=123" },
	{ "0912-345-678", "TW", "ok", "+886912345678", "MOBILE", "" },
	{ "0171 1234567", "DE", "ok", "+491711234567", "MOBILE", "" },
	{ "0171/1234567", "DE", "ok", "+491711234567", "MOBILE", "" },
	{ "(0171) 123-4567", "DE", "ok", "+491711234567", "MOBILE", "" },
	{ "030 12345-0", "DE", "ok", "+4930123450", "FIXED_LINE", "" },
	{ "07911 123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "+44 7911 123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "7911123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "020 7946 0958 / 07911 123456", "GB", "multi",
	    "+442079460958;+447911123456", "FIXED_LINE", "split" },
	{ "011 15-1234-5678", "AR", "ok", "+5491112345678", "MOBILE", "" },
	{ "+54 9 11 1234-5678", "AR", "ok", "+5491112345678", "MOBILE", "" },
	{ "15 1234-5678", "AR", "invalid", "", "", "" },
	{ "+870 773 111 632", "CN", "ok", "+870773111632", "MOBILE",
	    "foreign,satellite" },
	{ "+881 6 1234 5678", "CN", "ok", "+881612345678", "MOBILE",
	    "foreign,satellite" },
};

Test(number, numbers_of_other_countries)
{
	ROWS(world);
}

static const struct row uris[] = {
	{ "sip:+12025550143@host.com", "US", "invalid", "+12025550143", "",
	    "" },
	{ "tel:+1-202-555-0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "+1-202-555-0143;ext=12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "tel:202-555-0143;phone-context=+1", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "http://example.com/13812345678", "CN", "invalid", "+8613812345678",
	    "", "" },
	{ "13812345678<br>13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "电话：010-62345678 手机：13812345678", "CN", "multi",
	    "+861062345678;+8613812345678", "FIXED_LINE", "split" },
	{ "010-62345678（总机）", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "name_tail" },
	{ "总机010-62345678转802", "CN", "repaired", "+861062345678",
	    "FIXED_LINE", "ext=802" },
	{ "1381234567", "CN", "invalid", "", "", "" },
	{ "138123456789", "CN", "invalid", "", "", "" },
	{ "\u0661\u0663\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
	    "CN", "ok", "+8613812345678", "MOBILE", "" },
};

Test(number, uris_are_read_when_they_are_tel)
{
	ROWS(uris);
}

static const struct row offices[] = {
	{ "(H) 202-555-0143 (W) 202-555-0144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE", "split" },
	{ "H: 2025550143 W: 2025550144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE", "split" },
	{ "2025550143(h)2025550144(w)", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE", "split" },
	{ "202-555-0143 or 0144", "US", "multi", "+12025550143;+12025550144",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "2025550143 ext 12 or 13", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "+1 (202) 555-0143 ext.12; +1 (202) 555-0144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE",
	    "split,ext=12" },
	{ "2025550143 x12 / 2025550144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE",
	    "split,ext=12" },
	{ "1,234,567.89", "FR", "invalid", "", "", "" },
	{ "2,025,550,143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "0171 1234567 0171 7654321", "DE", "multi",
	    "+491711234567;+491717654321", "MOBILE", "split" },
	{ "98765 43210 98765 43211", "IN", "multi",
	    "+919876543210;+919876543211", "MOBILE", "split" },
	{ "8613812345678", "ZZ", "invalid", "+8613812345678", "",
	    "suggest:+8613812345678" },
	{ "13812345678", "ZZ", "invalid", "", "", "" },
	{ "2025550143", "ZZ", "invalid", "", "", "" },
	{ "+12025550143", "ZZ", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "12812345678", "CN", "invalid", "+12812345678", "",
	    "suggest:+12812345678" },
	{ "10012345678", "CN", "invalid", "", "", "" },
	{ "91234567", "CN", "local", "", "", "" },
	{ "1711234567", "DE", "ok", "+491711234567", "MOBILE", "" },
	{ "13812345678x", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678?", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "0301234567*", "DE", "damaged", "", "", "" },
	{ "0755-12345678 李经理", "CN", "repaired", "+8675512345678",
	    "FIXED_LINE", "name_tail" },
	{ "李经理：0755-12345678转8001", "CN", "repaired", "+8675512345678",
	    "FIXED_LINE", "ext=8001" },
	{ "0755-12345678/13812345678", "CN", "multi",
	    "+8675512345678;+8613812345678", "FIXED_LINE", "split" },
	{ "0755-12345678-8001/13812345678", "CN", "multi",
	    "+8675512345678;+8613812345678", "FIXED_LINE", "split,ext=8001" },
	{ "13812345678/0755-12345678-8001", "CN", "multi",
	    "+8613812345678;+8675512345678", "MOBILE", "split,ext=8001" },
	{ "0755-12345678，13812345678", "CN", "multi",
	    "+8675512345678;+8613812345678", "FIXED_LINE", "split" },
	{ "(0755)12345678、13812345678", "CN", "multi",
	    "+8675512345678;+8613812345678", "FIXED_LINE", "split" },
	{ "86-755-12345678", "CN", "ok", "+8675512345678", "FIXED_LINE", "" },
	{ "+86 755 1234 5678", "CN", "ok", "+8675512345678", "FIXED_LINE", "" },
	{ "+86 (755) 1234 5678", "CN", "ok", "+8675512345678", "FIXED_LINE",
	    "" },
	{ "0086 755 12345678", "CN", "ok", "+8675512345678", "FIXED_LINE", "" },
	{ "800-820-8820", "CN", "ok", "+868008208820", "TOLL_FREE", "" },
	{ "4001234567", "CN", "ok", "+864001234567", "SHARED_COST", "" },
	{ "950123456789", "CN", "invalid", "", "", "" },
	{ "02012345678", "CN", "ok", "+862012345678", "FIXED_LINE", "" },
	{ "0311-8123456", "CN", "invalid", "", "", "" },
	{ "0311-81234567", "CN", "ok", "+8631181234567", "FIXED_LINE", "" },
	{ "07318123456", "CN", "invalid", "", "", "" },
	{ "2012345678", "CN", "ok", "+862012345678", "FIXED_LINE", "" },
	{ "13812345678 (wechat)", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678(微信同号)", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "微信同号13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "传真:010-62345678", "CN", "ok", "+861062345678", "FIXED_LINE", "" },
	{ "电话010-62345678传真010-62345679", "CN", "multi",
	    "+861062345678;+861062345679", "FIXED_LINE", "split" },
	{ "+86 138 1234 5678 / +86 139 1234 5678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "+86-138-1234-5678,+86-139-1234-5678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "86138123456788613912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split,glued" },
	{ "13812345678 +8613912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "+8613812345678+8613912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "13812345678&nbsp;", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678 2019-05-12", "CN", "invalid", "+8613812345678", "", "" },
	{ "13812345678 身份证110101199003078515", "CN", "invalid",
	    "+8613812345678", "", "" },
	{ "13812345678,zhang@qq.com", "CN", "invalid", "+8613812345678", "",
	    "" },
	{ "￥13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678元", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "+ 86 138 1234 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "＋８６１３８１２３４５６７８", "CN", "ok", "+8613812345678",
	    "MOBILE", "" },
	{ "0 138 1234 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "013812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "(+86) 010-62345678", "CN", "ok", "+861062345678", "FIXED_LINE", "" },
	{ "+86 010 62345678", "CN", "ok", "+861062345678", "FIXED_LINE", "" },
	{ "+86 (0)138 1234 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138 1234 5678 9", "CN", "invalid", "", "", "" },
	{ "13812345678 1", "CN", "invalid", "+8613812345678", "", "" },
	{ "13812345678-1", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ext=1" },
	{ "138-1234-567", "CN", "invalid", "", "", "" },
	{ "138 - 1234 - 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138--1234--5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138..1234..5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138 . 1234 . 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
};

Test(number, cells_of_real_lists)
{
	ROWS(offices);
}

static const struct row abroad[] = {
	{ "030 12345678, 0171 1234567", "DE", "multi",
	    "+493012345678;+491711234567", "FIXED_LINE", "split" },
	{ "Tel. 030/1234567 Fax 030/1234568", "DE", "multi",
	    "+49301234567;+49301234568", "FIXED_LINE", "split" },
	{ "030 1234567 (privat)", "DE", "repaired", "+49301234567",
	    "FIXED_LINE", "name_tail" },
	{ "+49 (0) 30 / 123 45 67", "DE", "ok", "+49301234567", "FIXED_LINE",
	    "" },
	{ "0049-30-1234567", "DE", "ok", "+49301234567", "FIXED_LINE", "" },
	{ "030.1234567", "DE", "ok", "+49301234567", "FIXED_LINE", "" },
	{ "0301234567.0", "DE", "repaired", "+49301234567", "FIXED_LINE",
	    "float_tail" },
	{ "30123456.0", "DE", "repaired", "+4930123456", "FIXED_LINE",
	    "float_tail" },
	{ "４９３０１２３４５６", "DE", "ok", "+4930123456", "FIXED_LINE", "" },
	{ "4.9301234567E+11", "DE", "damaged", "", "", "" },
	{ "4,9301234567E+11", "DE", "damaged", "", "", "" },
	{ "3.0123456E+07", "DE", "repaired", "+4930123456", "FIXED_LINE",
	    "sci_exact" },
	{ "1.7112345678E+10", "DE", "repaired", "+4917112345678", "MOBILE",
	    "sci_exact" },
	{ "０３－１２３４－５６７８", "JP", "ok", "+81312345678", "FIXED_LINE",
	    "" },
	{ "03（1234）5678", "JP", "ok", "+81312345678", "FIXED_LINE", "" },
	{ "090-1234-5678（携帯）", "JP", "repaired", "+819012345678", "MOBILE",
	    "name_tail" },
	{ "TEL：03-1234-5678", "JP", "ok", "+81312345678", "FIXED_LINE", "" },
	{ "03-1234-5678 内線123", "JP", "repaired", "+81312345678",
	    "FIXED_LINE", "ext=123" },
	{ "03-1234-5678（代）", "JP", "repaired", "+81312345678", "FIXED_LINE",
	    "name_tail" },
	{ "9012345678", "JP", "ok", "+819012345678", "MOBILE", "" },
	{ "9.012345678E+09", "JP", "repaired", "+819012345678", "MOBILE",
	    "sci_exact" },
	{ "119", "JP", "service", "", "", "" },
	{ "02-2345-6789 轉 123", "TW", "repaired", "+886223456789",
	    "FIXED_LINE", "ext=123" },
	{ "02-23456789*123", "TW", "repaired", "+886223456789", "FIXED_LINE",
	    "ext=123" },
	{ "912345678", "TW", "ok", "+886912345678", "MOBILE", "" },
	{ "886-2-2345-6789", "TW", "ok", "+886223456789", "FIXED_LINE", "" },
	{ "23456789", "TW", "local", "", "", "" },
	{ "010-1234-5678", "KR", "ok", "+821012345678", "MOBILE", "" },
	{ "02-123-4567 내선 12", "KR", "repaired", "+8221234567", "FIXED_LINE",
	    "ext=12" },
	{ "0 98765 43210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "91-98765-43210", "IN", "ok", "+919876543210", "MOBILE", "" },
	{ "9.87654E+09", "IN", "damaged", "", "", "" },
	{ "9.876543210E+09", "IN", "repaired", "+919876543210", "MOBILE",
	    "sci_exact" },
	{ "+91 +91 98765 43210", "IN", "repaired", "+919876543210", "MOBILE",
	    "dup_cc,odd_separator" },
	{ "(11) 91234-5678 ramal 12", "BR", "repaired", "+5511912345678",
	    "MOBILE", "ext=12" },
	{ "11912345678", "BR", "ok", "+5511912345678", "MOBILE", "" },
	{ "5511912345678", "BR", "ok", "+5511912345678", "MOBILE", "" },
	{ "1.1912345678E+10", "BR", "repaired", "+5511912345678", "MOBILE",
	    "sci_exact" },
	{ "+34 612 34 56 78", "ES", "ok", "+34612345678", "MOBILE", "" },
	{ "612345678/912345678", "ES", "multi", "+34612345678;+34912345678",
	    "MOBILE", "split" },
	{ "612345678.0", "ES", "repaired", "+34612345678", "MOBILE",
	    "float_tail" },
	{ "0034612345678", "ES", "ok", "+34612345678", "MOBILE", "" },
	{ "34612345678", "ES", "ok", "+34612345678", "MOBILE", "" },
	{ "34 34 612345678", "ES", "repaired", "+34612345678", "MOBILE",
	    "dup_cc" },
	{ "6.12E+08", "ES", "damaged", "", "", "" },
	{ "8 (916) 123-45-67", "RU", "ok", "+79161234567", "MOBILE", "" },
	{ "+7 916 123 45 67 \u0434\u043e\u0431. 12", "RU", "ok", "+79161234567",
	    "MOBILE", "ext=12" },
	{ "89161234567", "RU", "ok", "+79161234567", "MOBILE", "" },
	{ "9161234567", "RU", "ok", "+79161234567", "MOBILE", "" },
	{ "123-45-67", "RU", "local", "", "", "" },
	{ "+44 (0) 20 7946 0958 ext 12", "GB", "ok", "+442079460958",
	    "FIXED_LINE", "ext=12" },
	{ "020 7946 0958/9", "GB", "ambiguous", "+442079460958;+442079460959",
	    "", "" },
	{ "(020) 7946 0958", "GB", "ok", "+442079460958", "FIXED_LINE", "" },
	{ "7.911123456E+09", "GB", "repaired", "+447911123456", "MOBILE",
	    "sci_exact" },
	{ "07911123456.0", "GB", "repaired", "+447911123456", "MOBILE",
	    "float_tail" },
	{ "7911123456.0", "GB", "repaired", "+447911123456", "MOBILE",
	    "float_tail" },
	{ "4.47911123456E+11", "GB", "repaired", "+447911123456", "MOBILE",
	    "sci_exact" },
	{ "+447911123456.0", "GB", "repaired", "+447911123456", "MOBILE",
	    "float_tail" },
	{ "44 7911 123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "00447911123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "+44 07911 123456", "GB", "ok", "+447911123456", "MOBILE", "" },
	{ "7946 0958", "GB", "local", "", "", "" },
	{ "0800 123 4567", "GB", "ok", "+448001234567", "TOLL_FREE", "" },
	{ "118500", "GB", "service", "", "", "" },
	{ "01 42 68 53 00 poste 12", "FR", "repaired", "+33142685300",
	    "FIXED_LINE", "ext=12" },
	{ "+33(0)142685300", "FR", "ok", "+33142685300", "FIXED_LINE", "" },
	{ "33142685300", "FR", "ok", "+33142685300", "FIXED_LINE", "" },
	{ "142685300", "FR", "ok", "+33142685300", "FIXED_LINE", "" },
	{ "1.42685300E+08", "FR", "repaired", "+33142685300", "FIXED_LINE",
	    "sci_exact" },
	{ "142685300.0", "FR", "repaired", "+33142685300", "FIXED_LINE",
	    "float_tail" },
	{ "14268 5300", "FR", "ok", "+33142685300", "FIXED_LINE", "" },
	{ "3.3142685300E+10", "FR", "repaired", "+33142685300", "FIXED_LINE",
	    "sci_exact" },
	{ "0612345678 - 0142685300", "FR", "multi", "+33612345678;+33142685300",
	    "MOBILE", "split" },
	{ "0612345678.0142685300", "FR", "multi", "+33612345678;+33142685300",
	    "MOBILE", "split" },
	{ "15", "FR", "service", "", "", "" },
	{ "+39 333 1234567", "IT", "ok", "+393331234567", "MOBILE", "" },
	{ "0039 06 1234 5678", "IT", "ok", "+390612345678", "FIXED_LINE", "" },
	{ "06/12345678", "IT", "ok", "+390612345678", "FIXED_LINE", "" },
	{ "39 06 12345678", "IT", "ok", "+390612345678", "FIXED_LINE", "" },
	{ "0612345678.0", "IT", "repaired", "+390612345678", "FIXED_LINE",
	    "float_tail" },
	{ "612345678.0", "IT", "repaired", "+390612345678", "FIXED_LINE",
	    "float_tail,lost_zero" },
	{ "6.12345678E+08", "IT", "repaired", "+390612345678", "FIXED_LINE",
	    "sci_exact,lost_zero" },
	{ "212345678", "IT", "repaired", "+390212345678", "FIXED_LINE",
	    "lost_zero" },
	{ "333123456", "IT", "ok", "+39333123456", "MOBILE", "" },
	{ "(011) 4123-4567", "AR", "ok", "+541141234567", "FIXED_LINE", "" },
	{ "+54 11 15 1234 5678", "AR", "ok", "+5491112345678", "MOBILE", "" },
	{ "54 9 11 1234 5678", "AR", "ok", "+5491112345678", "MOBILE", "" },
	{ "011 4123-4567 int 12", "AR", "ok", "+541141234567", "FIXED_LINE",
	    "ext=12" },
	{ "4123-4567", "AR", "local", "", "", "" },
	{ "+52 (55) 1234 5678", "MX", "ok", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "55-1234-5678 ext 12", "MX", "ok", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "(01 55) 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "01(55)12345678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "044 (55) 12345678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "1 55 1234 5678", "MX", "invalid", "+15512345678", "",
	    "suggest:+15512345678" },
	{ "01 55 1234 5678 ext 12", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx,ext=12" },
	{ "+521 55 1234 5678", "MX", "repaired", "+525512345678",
	    "FIXED_LINE_OR_MOBILE", "legacy_mx" },
	{ "521 55 1234 5678", "US", "invalid", "", "", "" },
	{ "1234 5678", "MX", "local", "", "", "" },
	{ "+852 2345 6789 / 9123 4567", "CN", "multi",
	    "+85223456789;+85291234567", "FIXED_LINE", "split,foreign" },
	{ "9123-4567", "CN", "local", "", "", "" },
	{ "+853 28123456", "CN", "invalid", "", "", "" },
	{ "00886 2 2345 6789", "CN", "ok", "+886223456789", "FIXED_LINE",
	    "foreign" },
};

Test(number, habits_of_other_countries)
{
	ROWS(abroad);
}

static const struct row america[] = {
	{ "202-555-0143 / 0144", "US", "ambiguous", "+12025550143;+12025550144",
	    "", "" },
	{ "202-555-0143 & 202-555-0144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE", "split" },
	{ "202 555 0143 (Bob)", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "Bob: 202 555 0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "Bob 202 555 0143 Alice 202 555 0144", "US", "multi",
	    "+12025550143;+12025550144", "FIXED_LINE_OR_MOBILE", "split" },
	{ "cell 202-555-0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "cell202-555-0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "c: 202-555-0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "1 (202) 555-0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "001 202 555 0143", "US", "invalid", "+12025550143", "",
	    "suggest:+12025550143" },
	{ "011 1 202 555 0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "+1 1 202 555 0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "11 202 555 0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "+1 +1 202 555 0143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "1-1-202-555-0143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "(202)5550143 x", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "202 555 0143 ex 12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143 extension 12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143, ext 12", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143; ext. 12", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "202-555-0143,,12#", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "ext=12" },
	{ "2025550143p12", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "202-555-0143w12", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "2025550143e", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "name_tail" },
	{ "*67 202-555-0143", "US", "invalid", "+12025550143", "", "" },
	{ "202-555-O143", "US", "damaged", "+12025550143", "", "" },
	{ "202-555-014\u0417", "US", "damaged", "+12025550143", "", "" },
	{ "(202) 555–0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "(202) 555\u20110143", "US", "ok", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "" },
	{ "202\u00b7555\u00b70143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "202_555_0143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "202|555|0143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "202*555*0143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "+1-202-555-01", "US", "invalid", "", "", "" },
	{ "555-01-4321", "US", "invalid", "", "", "" },
	{ "123-45-6789", "US", "invalid", "", "", "" },
	{ "4111 1111 1111 1111", "US", "invalid", "", "", "" },
	{ "90210", "US", "invalid", "", "", "" },
	{ "90210-1234", "US", "invalid", "", "", "" },
	{ "$2,025,550,143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "odd_separator" },
	{ "2025550143$", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "2025550143 2025550143", "US", "repaired", "+12025550143",
	    "FIXED_LINE_OR_MOBILE", "split" },
	{ "988", "US", "service", "", "", "" },
	{ "40404", "US", "invalid", "", "", "" },
	{ "12345", "US", "invalid", "", "", "" },
	{ "1/2/2024", "US", "invalid", "", "", "" },
	{ "01-02-2024", "US", "invalid", "", "", "" },
	{ "Jan 5, 2024", "US", "invalid", "", "", "" },
	{ "2024-01-05", "US", "invalid", "", "", "" },
	{ "45000", "US", "invalid", "", "", "" },
	{ "TRUE", "US", "invalid", "", "", "" },
	{ "Unknown", "US", "invalid", "", "", "" },
	{ "anonymous", "US", "invalid", "", "", "" },
	{ "unlisted", "US", "invalid", "", "", "" },
	{ "see notes", "US", "invalid", "", "", "" },
	{ "none", "US", "invalid", "", "", "" },
	{ "1.23457E+12", "US", "invalid", "", "", "" },
	{ "0E+00", "US", "invalid", "", "", "" },
	{ "2.03E+09", "US", "damaged", "", "", "" },
};

Test(number, habits_of_north_america)
{
	ROWS(america);
}

static const struct row china[] = {
	{ "+1 650 253 0000", "CN", "ok", "+16502530000", "FIXED_LINE_OR_MOBILE",
	    "foreign" },
	{ "1-650-253-0000", "CN", "ok", "+8616502530000", "MOBILE", "mvno" },
	{ "1 (650) 253-0000", "CN", "ok", "+8616502530000", "MOBILE", "mvno" },
	{ "13812345678", "US", "invalid", "", "", "" },
	{ "138-1234-5678", "US", "invalid", "", "", "" },
	{ "86 138 1234 5678", "US", "invalid", "+8613812345678", "",
	    "suggest:+8613812345678" },
	{ "+86 138 1234 5678 ext 12", "CN", "ok", "+8613812345678", "MOBILE",
	    "ext=12" },
	{ "+86 21 5081 8888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "021-50818888-8001,8002", "CN", "repaired", "+862150818888",
	    "FIXED_LINE", "ext=8001" },
	{ "021-50818888/50818889", "CN", "multi", "+862150818888;+862150818889",
	    "FIXED_LINE", "split" },
	{ "021-50818888 50818889", "CN", "multi", "+862150818888;+862150818889",
	    "FIXED_LINE", "split" },
	{ "021-50818888、021-50818889", "CN", "multi",
	    "+862150818888;+862150818889", "FIXED_LINE", "split" },
	{ "021-50818888转8001或8002", "CN", "repaired", "+862150818888",
	    "FIXED_LINE", "ext=8001" },
	{ "21-50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "5081 8888", "CN", "local", "", "", "" },
	{ "(021)5081 8888 转 0", "CN", "repaired", "+862150818888",
	    "FIXED_LINE", "ext=0" },
	{ "021—50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "021－50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "021\u300050818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "０２１-50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "021 - 5081 - 8888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "+86（21）50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "+86.21.50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "86(0)21-50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "0086(021)50818888", "CN", "ok", "+862150818888", "FIXED_LINE", "" },
	{ "021-50818888(前台)", "CN", "repaired", "+862150818888", "FIXED_LINE",
	    "name_tail" },
	{ "021-50818888 周一至周五9:00-18:00", "CN", "repaired",
	    "+862150818888", "FIXED_LINE", "name_tail" },
	{ "24小时热线400-812-3456", "CN", "repaired", "+864008123456",
	    "SHARED_COST", "name_tail" },
	{ "400-812-3456-1", "CN", "repaired", "+864008123456", "SHARED_COST",
	    "ext=1" },
	{ "4008-123-456", "CN", "ok", "+864008123456", "SHARED_COST", "" },
	{ "400 8123 456", "CN", "ok", "+864008123456", "SHARED_COST", "" },
	{ "95588转1", "CN", "service", "", "", "" },
	{ "拨打95588", "CN", "service", "", "", "" },
	{ "12345热线", "CN", "service", "", "", "" },
	{ "110报警", "CN", "service", "", "", "" },
	{ "(110)", "CN", "service", "", "", "" },
	{ "\"110\"", "CN", "service", "", "", "" },
	{ "'95588", "CN", "service", "", "", "" },
	{ "138壹2345678", "CN", "damaged", "", "", "" },
	{ "138 1234 567B", "CN", "damaged", "+8613812345678", "", "" },
	{ "13812345678,,,", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678（非本人）", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678-张三", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678/张三", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678:张三", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "13812345678 (张三 / 李四)", "CN", "repaired", "+8613812345678",
	    "MOBILE", "name_tail" },
	{ "张三:13812345678;李四:13912345678", "CN", "multi",
	    "+8613812345678;+8613912345678", "MOBILE", "split" },
	{ "张三（13812345678）", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678(1)", "CN", "repaired", "+8613812345678", "MOBILE",
	    "ext=1" },
	{ "13812345678 x2", "CN", "ok", "+8613812345678", "MOBILE", "ext=2" },
	{ "1381234567８", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "1 3 8 1 2 3 4 5 6 7 8", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138 12345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "1381234 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13-812-345-678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "138/12345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678 /", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "/13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "N/A 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "无 13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "13812345678 null", "CN", "repaired", "+8613812345678", "MOBILE",
	    "name_tail" },
	{ "null/13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "+8613812345678,+12025550143", "CN", "multi",
	    "+8613812345678;+12025550143", "MOBILE", "split,foreign" },
};

Test(number, habits_of_china)
{
	ROWS(china);
}

/* ---- a repair is not made when the plain reading is valid ---- */

static const struct row unrepaired[] = {
	/* float_tail: pairs that end in .00 are a French number */
	{ "01.42.68.53.00", "FR", "ok", "+33142685300", "FIXED_LINE", "" },
	/* dup_cc: 049 and 039 are fronts of German and Italian numbers */
	{ "04921 12345", "DE", "ok", "+49492112345", "FIXED_LINE", "" },
	{ "039 123456", "IT", "ok", "+39039123456", "FIXED_LINE", "" },
	/* np_after_ip: no zero after the prefix, nothing to repair */
	{ "17951 13812345678", "CN", "ok", "+8613812345678", "MOBILE",
	    "ip_prefix" },
	/* ip_prefix: 193 is a mobile range too */
	{ "19312345678", "CN", "ok", "+8619312345678", "MOBILE", "" },
	/* odd_separator: the plan knows these */
	{ "138/1234/5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "[138] 1234 5678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	/* legacy_mx: 01 and 044 elsewhere are what they are */
	{ "01455 123456", "GB", "ok", "+441455123456", "FIXED_LINE", "" },
	{ "044 668 18 00", "CH", "ok", "+41446681800", "FIXED_LINE", "" },
	/* split: a slash inside one German number */
	{ "0711/123456", "DE", "ok", "+49711123456", "FIXED_LINE", "" },
	/* glued: fifteen digits can be one number */
	{ "030123456789012", "DE", "ok", "+4930123456789012", "FIXED_LINE",
	    "" },
	/* ext_style: direct dialling is part of a German number */
	{ "030 12345-67", "DE", "ok", "+49301234567", "FIXED_LINE", "" },
	/* lost_zero: a mobile has none */
	{ "333 123 4567", "IT", "ok", "+393331234567", "MOBILE", "" },
};

Test(number, no_repair_when_the_plain_reading_is_valid)
{
	ROWS(unrepaired);
}

/* ---- rules that change the reading ---- */

static const struct row with_area[] = {
	{ "62345678", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "area_added" },
	{ "6234 5678转802", "CN", "repaired", "+861062345678", "FIXED_LINE",
	    "area_added,ext=802" },
	{ "13812345678/62345678", "CN", "multi", "+8613812345678;+861062345678",
	    "MOBILE", "split,area_added" },
	/* not added when the plain reading is valid, or to short numbers */
	{ "0755-12345678", "CN", "ok", "+8675512345678", "FIXED_LINE", "" },
	{ "13812345678", "CN", "ok", "+8613812345678", "MOBILE", "" },
	{ "10086", "CN", "service", "", "", "" },
	{ "12345678", "CN", "invalid", "", "", "" },
};

Test(number, an_area_completes_local_numbers)
{
	const struct number_rules rules = { .area = "010" };

	for (size_t i = 0; i < sizeof(with_area) / sizeof(*with_area); i++)
		check_row(&with_area[i], &rules);
}

static const struct row vanity[] = {
	{ "1-800-FLOWERS", "US", "ok", "+18003569377", "TOLL_FREE", "" },
	{ "1-800-GOT-JUNK", "US", "ok", "+18004685865", "TOLL_FREE", "" },
	{ "202-555-0143", "US", "ok", "+12025550143", "FIXED_LINE_OR_MOBILE",
	    "" },
	{ "202-555-XXXX", "US", "damaged", "", "", "" },
};

Test(number, letters_are_keypad_digits_only_on_demand)
{
	const struct number_rules rules = { .vanity = true };

	for (size_t i = 0; i < sizeof(vanity) / sizeof(*vanity); i++)
		check_row(&vanity[i], &rules);
}

/* "13812345670,13812345671,...": n numbers. */
static struct span
numbers_joined(char *out, size_t cap, int n, const char *separator)
{
	size_t at = 0;

	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s1381234567%d",
		    i ? separator : "", i);
	return span_of(out, at);
}

Test(number, more_numbers_than_fit_are_not_passed_over)
{
	struct number_rules rules = { .region = region_code(SPAN("CN")) };
	struct number_cell c;
	char text[256];

	number_parse(&c, numbers_joined(text, sizeof(text), NUMBER_MAX, ","),
	    &rules);
	cr_expect(eq(int, c.status, NUMBER_MULTI));
	cr_expect(eq(int, c.count, NUMBER_MAX));
	number_parse(&c,
	    numbers_joined(text, sizeof(text), NUMBER_MAX + 1, ","), &rules);
	cr_expect(eq(int, c.status, NUMBER_INVALID));
	number_parse(&c,
	    numbers_joined(text, sizeof(text), NUMBER_MAX + 1, "、"), &rules);
	cr_expect(eq(int, c.status, NUMBER_INVALID));
}

Test(number, blank_cells_are_empty)
{
	static const char *const blanks[] = { "", " ", "\t", "\n", " \t ",
		"\u00a0", "\u3000", "\ufeff", "\u200b", "\u2009 " };
	struct number_rules rules = { .region = region_code(SPAN("CN")) };
	struct number_cell c;

	for (size_t i = 0; i < sizeof(blanks) / sizeof(*blanks); i++) {
		number_parse(&c, span_str(blanks[i]), &rules);
		cr_expect(eq(int, c.status, NUMBER_EMPTY), "blank %zu", i);
		cr_expect(eq(int, c.count, 0));
	}
}

Test(number, a_long_cell_is_refused_with_what_can_be_read)
{
	struct number_rules rules = { .region = region_code(SPAN("CN")) };
	struct number_cell c;
	char text[2000];

	memset(text, '-', sizeof(text));
	memcpy(text, "13812345678 ", 12);
	number_parse(&c, span_of(text, sizeof(text)), &rules);
	cr_expect(eq(int, c.status, NUMBER_INVALID));
	memset(text, '5', sizeof(text));
	number_parse(&c, span_of(text, sizeof(text)), &rules);
	cr_expect(eq(int, c.status, NUMBER_INVALID));
}

Test(number, bytes_that_are_no_utf8_do_no_harm)
{
	struct number_rules rules = { .region = region_code(SPAN("CN")) };
	struct number_cell c;

	/* a label in GBK that nobody decoded */
	number_parse(&c, SPAN("\xb5\xe7\xbb\xb0:13812345678"), &rules);
	cr_expect(eq(int, c.status, NUMBER_OK));
	number_parse(&c,
	    SPAN("138\xff\xfe"
		 "12345678"),
	    &rules);
	cr_expect(not(number_readable(&c)));
	number_parse(&c,
	    SPAN("\x00"
		 "13812345678\x00"),
	    &rules);
	cr_expect(eq(int, c.status, NUMBER_OK));
}

/* ---- names and formats ---- */

Test(number, every_flag_has_a_name_and_names_are_distinct)
{
	uint32_t all = NUMBER_REPAIRS | NUMBER_NOTES;

	for (uint32_t a = 1; a != 0; a <<= 1) {
		const char *name = number_flag_name(a);

		cr_expect(eq(int, name != NULL, (all & a) != 0), "bit %x", a);
		for (uint32_t b = 1; b < a && name; b <<= 1)
			if (number_flag_name(b))
				cr_expect(ne(str, (char *)name,
				    (char *)number_flag_name(b)));
	}
}

Test(number, statuses_have_names)
{
	cr_expect(eq(str, (char *)number_status_name(NUMBER_OK), "ok"));
	cr_expect(
	    eq(str, (char *)number_status_name(NUMBER_AMBIGUOUS), "ambiguous"));
}

Test(number, keys_print_as_e164)
{
	char out[NUMBER_TEXT_MAX];

	cr_expect(eq(sz, number_e164(out, 8613812345678), 14));
	cr_expect(eq(str, out, "+8613812345678"));
	cr_expect(eq(sz, number_e164(out, UINT64_MAX), 21));
	cr_expect(eq(str, out, "+18446744073709551615"));
}

Test(number, national_form_is_what_one_dials)
{
	static const struct {
		uint64_t key;
		uint8_t type;
		const char *want;
	} cases[] = {
		{ 8613812345678, NUMBER_MOBILE, "13812345678" },
		{ 861062345678, NUMBER_FIXED_LINE, "01062345678" },
		{ 864008123456, NUMBER_SHARED_COST, "4008123456" },
		{ 442079460958, NUMBER_FIXED_LINE, "02079460958" },
		{ 390612345678, NUMBER_FIXED_LINE, "0612345678" },
		{ 12025550143, NUMBER_FIXED_LINE_OR_MOBILE, "2025550143" },
		{ 34612345678, NUMBER_MOBILE, "612345678" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct number n = { .key = cases[i].key,
			.type = cases[i].type };
		char out[NUMBER_TEXT_MAX];
		size_t len = number_national(out, &n);

		cr_expect(eq(str, out, (char *)cases[i].want));
		cr_expect(eq(sz, len, strlen(cases[i].want)));
	}
}

/* ---- wildcards ---- */

static const struct {
	const char *in, *region;
	size_t n;
	uint64_t prefix[2];
} wildcards[] = {
	{ "0755*", "CN", 1, { 86755 } },
	{ "755*", "CN", 1, { 86755 } },
	{ "010*", "CN", 1, { 8610 } },
	{ "1380013*", "CN", 1, { 861380013 } },
	{ "+86 1380013*", "CN", 1, { 861380013 } },
	{ "+861380013*", "US", 1, { 861380013 } },
	{ "0086 1380013*", "CN", 1, { 861380013 } },
	{ "1381234****", "CN", 1, { 861381234 } },
	{ "1381234XXXX", "CN", 1, { 861381234 } },
	{ "138-1234-xxxx", "CN", 1, { 861381234 } },
	{ "312XXXXXXX", "US", 1, { 1312 } },
	{ "312*", "US", 1, { 1312 } },
	{ "(312) 555-*", "US", 1, { 1312555 } },
	{ "1312*", "US", 1, { 1312 } },
	{ "020 7946*", "GB", 1, { 44207946 } },
	{ "06*", "IT", 1, { 3906 } },
	/* no wider than what stands there */
	{ "+86*", "CN", 1, { 86 } },
	{ "+86*", "US", 1, { 86 } },
	{ "+44*", "CN", 1, { 44 } },
	{ "+39*", "CN", 1, { 39 } },
	{ "+1*", "CN", 1, { 1 } },
	{ "+7*", "CN", 1, { 7 } },
	{ "+52*", "CN", 1, { 52 } },
	{ "+54*", "CN", 1, { 54 } },
	{ "+55*", "CN", 1, { 55 } },
	{ "+972*", "CN", 1, { 972 } },
	{ "86*", "CN", 1, { 86 } },
	{ "0086*", "CN", 1, { 86 } },
	{ "44*", "GB", 1, { 44 } },
	{ "+44 20*", "CN", 1, { 4420 } },
	{ "*", "CN", 0, { 0 } },
	{ "XXXX", "CN", 0, { 0 } },
	{ "13812345678", "CN", 0, { 0 } },
	{ "138*5678", "CN", 0, { 0 } },
	{ "abc*", "CN", 0, { 0 } },
	{ "", "CN", 0, { 0 } },
	{ "138XX", "CN", 0, { 0 } },
	{ "99999999*", "US", 0, { 0 } },
};

Test(number, wildcards_name_prefixes_of_keys)
{
	for (size_t i = 0; i < sizeof(wildcards) / sizeof(*wildcards); i++) {
		uint64_t prefix[2] = { 0 };
		struct number_rules rules = { .region = region_code(span_str(
						  wildcards[i].region)) };
		size_t n = number_wildcard(prefix, span_str(wildcards[i].in),
		    &rules);

		cr_expect(eq(sz, n, wildcards[i].n), "%s", wildcards[i].in);
		cr_expect(eq(u64, prefix[0], wildcards[i].prefix[0]), "%s",
		    wildcards[i].in);
		cr_expect(eq(u64, prefix[1], wildcards[i].prefix[1]), "%s",
		    wildcards[i].in);
	}
}

/* ---- the judged sample ---- */

static int
hex(char c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Undo \n, \t, \r and \uXXXX, in place. */
static void
unescape(char *s)
{
	char *out = s;

	while (*s) {
		unsigned cp = 0;

		if (s[0] != '\\' || !s[1]) {
			*out++ = *s++;
			continue;
		}
		if (s[1] != 'u') {
			*out++ = s[1] == 'n' ? '\n' :
			    s[1] == 't'      ? '\t' :
			    s[1] == 'r'      ? '\r' :
					       s[1];
			s += 2;
			continue;
		}
		for (int i = 2; i < 6; i++)
			cp = cp << 4 | (unsigned)hex(s[i]);
		s += 6;
		if (cp >= 0x800) {
			*out++ = (char)(0xe0 | cp >> 12);
			*out++ = (char)(0x80 | (cp >> 6 & 0x3f));
			*out++ = (char)(0x80 | (cp & 0x3f));
		} else if (cp >= 0x80) {
			*out++ = (char)(0xc0 | cp >> 6);
			*out++ = (char)(0x80 | (cp & 0x3f));
		} else {
			*out++ = (char)cp;
		}
	}
	*out = '\0';
}

/* The sample's columns: input, region, verdict, e164, type, flags, ... */
static void
check_sample(char *line)
{
	char *col[8] = { 0 }, *save = line;
	struct number_cell c;
	struct number_rules rules = { 0 };
	char numbers[NUMBER_MAX * NUMBER_TEXT_MAX] = "";
	char flags[NUMBER_FLAGS_MAX];
	const char *type = "-", *status;

	for (int i = 0; i < 8; i++)
		col[i] = strsep(&save, "\t");
	cr_assert(col[7] != NULL, "a row of %s", col[0]);
	unescape(col[0]);
	rules.region = region_code(span_str(col[1]));
	number_parse(&c, span_str(col[0]), &rules);
	if (number_readable(&c)) {
		numbers_text(numbers, sizeof(numbers), &c);
		type = number_type_name((enum number_type)c.number[0].type);
	}
	/* the sample has no word of its own for a blank cell */
	status = c.status == NUMBER_EMPTY ? "invalid" :
					    number_status_name(c.status);
	number_flags_text(flags, &c);
	cr_expect(eq(str, (char *)status, col[2]), "input: %s", col[0]);
	cr_expect(eq(str, numbers, col[3]), "input: %s", col[0]);
	cr_expect(eq(str, (char *)type, col[4]), "input: %s", col[0]);
	cr_expect(eq(str, flags, col[5]), "input: %s", col[0]);
}

Test(number, the_judged_sample_is_read_as_judged)
{
	FILE *f = fopen("testdata/mess-sample.tsv", "r");
	char *line = NULL;
	size_t cap = 0;
	int rows = 0;

	cr_assert(f != NULL, "testdata/mess-sample.tsv is missing");
	while (getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (rows++ > 0)
			check_sample(line);
	}
	cr_expect(eq(int, rows, 111));
	free(line);
	fclose(f);
}

Test(number, digits_that_begin_with_the_country_code_have_another_reading)
{
	static const struct {
		const char *region, *text;
		uint64_t other;
	} cases[] = {
		{ "DE", "4915112345678", UINT64_C(4915112345678) },
		{ "DE", "+4915112345678", 0 },
		{ "DE", "030 123456", 0 },
		{ "CN", "13812345678", 0 },
		{ "CN", "8613812345678", 0 },
		{ "US", "2025550143", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(cases[i].region)) };
		struct number_cell c;

		number_parse(&c, span_str(cases[i].text), &rules);
		cr_assert(number_readable(&c));
		cr_expect(eq(u64, number_other_reading(&c.number[0]),
			      cases[i].other),
		    "%s", cases[i].text);
	}
}

/* ---- digits alone, which do not go the way of all cells ---- */

static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (*state >> 33) % below;
}

static void
expect_same(const struct number_cell *a, const struct number_cell *b,
    const char *text)
{
	cr_expect(a->status == b->status && a->count == b->count &&
		a->flags == b->flags,
	    "cell: %s", text);
	for (int i = 0; i < a->count && i < b->count; i++)
		cr_expect(a->number[i].key == b->number[i].key &&
			a->number[i].region == b->number[i].region &&
			a->number[i].type == b->number[i].type &&
			strcmp(a->number[i].ext, b->number[i].ext) == 0,
		    "number %d of: %s", i, text);
}

Test(number, digits_alone_are_what_they_are_behind_an_invisible_space)
{
	static const char *const fronts[] = { "", "", "86", "8686", "086",
		"0086", "1", "13", "138", "106", "147", "400", "95", "10",
		"010", "0755", "17951", "179510", "12593", "10193", "125831",
		"2019", "1989", "1202", "44", "0044", "011", "810", "52", "521",
		"044", "01", "39", "06", "11010119", "00" };
	static const char *const homes[] = { "CN", "US", "DE", "IT", "MX", "HK",
		"AR", "" };
	uint64_t state = 8;
	char marked[64] = "\xe2\x80\x8b", *text = marked + 3;
	int seen[NUMBER_STATUSES] = { 0 };

	for (int k = 0; k < 60000; k++) {
		struct number_rules rules = { .vanity = draw(&state, 4) == 0 };
		size_t digits = draw(&state, 2) ? 7 + draw(&state, 8) :
						  1 + draw(&state, 40);
		size_t n = draw(&state, 3) == 0;
		struct number_cell bare, cell;

		rules.region = region_code(span_str(homes[draw(&state, 8)]));
		if (draw(&state, 8) == 0)
			memcpy(rules.area, "010", 4);
		text[0] = '+';
		n += (size_t)snprintf(text + n, 32, "%s",
		    fronts[draw(&state, sizeof(fronts) / sizeof(*fronts))]);
		while (n < digits)
			text[n++] = (char)('0' + draw(&state, 10));
		text[n] = '\0';
		number_parse(&bare, span_str(text), &rules);
		number_parse(&cell, span_str(marked), &rules);
		/* what plainly is a number is not asked for a prefix of
		 * cheap calls */
		if (bare.status == NUMBER_OK && digits <= 15)
			cell.flags &= ~(uint32_t)NUMBER_IP_PREFIX;
		expect_same(&bare, &cell, text);
		seen[bare.status]++;
	}
	for (int i = 0; i < NUMBER_STATUSES; i++)
		cr_expect(seen[i] > 0 || i == NUMBER_EMPTY ||
			i == NUMBER_DAMAGED,
		    "%s", number_status_name((enum number_status)i));
}

Test(number, every_region_has_its_emergency_numbers)
{
	static const char *const cases[][2] = { { "CN", "110" },
		{ "HK", "999" }, { "MO", "999" }, { "TW", "119" },
		{ "JP", "110" }, { "KR", "119" }, { "SG", "999" },
		{ "MY", "999" }, { "TH", "191" }, { "VN", "113" },
		{ "PH", "117" }, { "ID", "110" }, { "IN", "100" },
		{ "PK", "15" }, { "AE", "999" }, { "SA", "997" },
		{ "IL", "100" }, { "TR", "155" }, { "ZA", "10111" },
		{ "EG", "122" }, { "NG", "199" }, { "AU", "000" },
		{ "NZ", "111" }, { "GB", "999" }, { "IE", "999" },
		{ "DE", "110" }, { "AT", "133" }, { "CH", "117" },
		{ "FR", "17" }, { "BE", "101" }, { "NL", "144" },
		{ "ES", "091" }, { "PT", "117" }, { "IT", "113" },
		{ "GR", "100" }, { "PL", "997" }, { "CZ", "158" },
		{ "SK", "158" }, { "HU", "107" }, { "RO", "116000" },
		{ "BG", "150" }, { "RU", "02" }, { "UA", "102" },
		{ "KZ", "102" }, { "BR", "190" }, { "MX", "066" },
		{ "AR", "101" }, { "CL", "133" }, { "CO", "123" },
		{ "PE", "105" }, { "US", "911" }, { "CA", "411" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(cases[i][0])) };
		struct number_cell c;

		number_parse(&c, span_str(cases[i][1]), &rules);
		cr_expect(c.status == NUMBER_SERVICE, "%s in %s", cases[i][1],
		    cases[i][0]);
		number_parse(&c, SPAN("112"), &rules);
		cr_expect(c.status == NUMBER_SERVICE, "112 in %s", cases[i][0]);
	}
}
