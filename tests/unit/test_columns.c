#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "text/columns.h"

Test(columns, phone_columns_are_known_by_name)
{
	static const struct {
		const char *name;
		int phone;
	} names[] = {
		/* A synonym, however it is written. */
		{ "phone", 2 },
		{ "Phone Number", 2 },
		{ "phone_number", 2 },
		{ "PHONE-NUMBER", 2 },
		{ "Phone (Number)", 2 },
		{ "Tel.", 2 },
		{ "Telephone", 2 },
		{ "MSISDN", 2 },
		{ "Company_Phone_Number", 2 },
		{ "ReportTel", 2 },
		{ "phone_number_dialed", 2 },
		{ "destination_number", 2 },
		{ "dst", 2 },
		{ "手机号", 2 },
		{ "手机号码*", 2 },
		{ "联系电话：", 2 },
		{ "联系方式", 2 },
		{ "被叫号码", 2 },
		{ "手機", 2 },
		{ "ＰＨＯＮＥ", 2 },
		{ "téléphone", 2 },
		{ "TELÉFONO", 2 },
		{ "Móvil", 2 },
		{ "Handy", 2 },
		{ "Celular", 2 },
		/* A word among others. */
		{ "Customer Mobile No.", 1 },
		{ "Telephone 1", 1 },
		{ "Work Phone", 1 },
		{ "homephone", 1 },
		{ "alt_phone", 1 },
		{ "ClientTel2", 1 },
		{ "Phone 1 - Value", 1 },
		{ "TELEFONE_1", 1 },
		{ "contacto_telefono1", 1 },
		{ "工作电话", 1 },
		{ "联系人手机1", 1 },
		/* Something about a phone, or no phone at all. */
		{ "Fax", 0 },
		{ "contacto_fax", 0 },
		{ "phone type", 0 },
		{ "Phone 1 - Type", 0 },
		{ "phone_id", 0 },
		{ "phone_code", 0 },
		{ "teletext", 0 },
		{ "microphone", 0 },
		{ "consumer_area_code", 0 },
		{ "call_duration", 0 },
		{ "caller_id_number", 0 },
		{ "account number", 0 },
		{ "hotel", 0 },
		{ "cancel", 0 },
		{ "title", 0 },
		{ "name", 0 },
		{ "", 0 },
		{ "()", 0 },
		{ "传真号码", 0 },
		{ "寻呼机号码", 0 },
		{ "身份证号码", 0 },
		{ "电话类型", 0 },
		{ "手机型号", 0 },
		{ "号码归属地", 0 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		cr_expect_eq(column_is_phone(span_str(names[i].name)),
		    names[i].phone, "%s: %d", names[i].name,
		    column_is_phone(span_str(names[i].name)));
}

Test(columns, each_field_has_its_synonyms)
{
	static const struct {
		const char *name;
		enum column_field field;
	} names[] = {
		{ "customer_id", COLUMN_PERSON },
		{ "客户编号", COLUMN_PERSON },
		{ "客户ID", COLUMN_PERSON },
		{ "Reason", COLUMN_REASON },
		{ "原因", COLUMN_REASON },
		{ "added_at", COLUMN_ADDED_AT },
		{ "Date Added", COLUMN_ADDED_AT },
		{ "加入时间", COLUMN_ADDED_AT },
		{ "expires_at", COLUMN_EXPIRES_AT },
		{ "Expiry", COLUMN_EXPIRES_AT },
		{ "valid until", COLUMN_EXPIRES_AT },
		{ "到期时间", COLUMN_EXPIRES_AT },
		{ "有效期至", COLUMN_EXPIRES_AT },
		{ "product", COLUMN_TOPIC },
		{ "主题", COLUMN_TOPIC },
		{ "channel", COLUMN_CHANNEL },
		{ "渠道", COLUMN_CHANNEL },
		{ "consented_at", COLUMN_GRANTED_AT },
		{ "授权时间", COLUMN_GRANTED_AT },
		{ "revoked_at", COLUMN_WITHDRAWN_AT },
		{ "opted_out_at", COLUMN_WITHDRAWN_AT },
		{ "撤回时间", COLUMN_WITHDRAWN_AT },
		{ "purpose", COLUMN_PURPOSE },
		{ "source", COLUMN_SOURCE },
		{ "来源", COLUMN_SOURCE },
		{ "called_at", COLUMN_CALLED_AT },
		{ "start_stamp", COLUMN_CALLED_AT },
		{ "calldate", COLUMN_CALLED_AT },
		{ "Start Time", COLUMN_CALLED_AT },
		{ "呼叫时间", COLUMN_CALLED_AT },
		{ "拨打时间", COLUMN_CALLED_AT },
		{ "campaign_id", COLUMN_CAMPAIGN },
		{ "活动", COLUMN_CAMPAIGN },
		{ "disposition", COLUMN_OUTCOME },
		{ "结果", COLUMN_OUTCOME },
		{ "country_code", COLUMN_REGION },
		{ "国家", COLUMN_REGION },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (int f = 0; f < COLUMN_FIELDS; f++) {
			int want = f == (int)names[i].field ? 2 : 0;
			int got = column_means(span_str(names[i].name),
			    (enum column_field)f);

			cr_expect(want == 2 ? got == 2 : got < 2,
			    "%s as %s: %d", names[i].name,
			    column_field_name((enum column_field)f), got);
		}
}

Test(columns, a_name_that_ends_in_a_synonym_means_it_loosely)
{
	cr_expect(
	    eq(int, column_means(SPAN("Agent Reason"), COLUMN_REASON), 1));
	cr_expect(eq(int,
	    column_means(SPAN("customer_country_code"), COLUMN_REGION), 1));
	cr_expect(eq(int,
	    column_means(SPAN("reason for calling"), COLUMN_REASON), 0));
	cr_expect(eq(int, column_means(SPAN("treason"), COLUMN_REASON), 0));
}

Test(columns, no_synonym_means_two_fields_or_stands_twice)
{
	/* "called" and the like are one word in one table only.  (A
	 * "status" is a call's outcome or a consent's, never both.) */
	static const char *const words[] = { "phone", "reason", "disposition",
		"created", "until", "product", "channel", "start", "country",
		"source", "purpose", "campaign", "customerid", "expires",
		"granted", "withdrawn" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		int found = 0;

		for (int f = 0; f < COLUMN_FIELDS; f++)
			found += column_means(span_str(words[i]),
				     (enum column_field)f) == 2;
		cr_expect_eq(found, 1, "%s", words[i]);
	}
}

Test(columns, fields_have_names)
{
	enum column_field f;

	for (int i = 0; i < COLUMN_FIELDS; i++) {
		const char *name = column_field_name((enum column_field)i);

		cr_assert(column_field_parse(&f, span_str(name)));
		cr_expect_eq((int)f, i);
		/* A list may be headed by the very names of --map. */
		cr_expect_eq(column_means(span_str(name), (enum column_field)i),
		    2, "%s", name);
	}
	cr_expect(not(column_field_parse(&f, SPAN("nummer"))));
	cr_expect(not(column_field_parse(&f, SPAN(""))));
}

static const struct span NAMES[] = { { "id", 2 }, { "Phone No", 8 },
	{ "phone_no", 8 }, { "Name", 4 }, { "name", 4 }, { "Name", 4 },
	{ "3", 1 } };

enum { NAMES_N = sizeof(NAMES) / sizeof(*NAMES) };

Test(columns, a_column_is_found_by_name_or_number)
{
	static const struct {
		const char *given;
		int column; /* -1: refused */
		bool header;
	} cases[] = {
		{ "id", 0, true },
		{ "ID", 0, true },
		{ "Phone No", 1, true },
		{ "phone_no", 2, true },
		{ "PHONE NO", -1, true }, /* two fold to it */
		{ "name", 4, true },
		{ "Name", -1, true }, /* two are so named */
		{ "1", 0, true },
		{ "7", 6, true },
		{ "3", 6, true }, /* a name before a number */
		{ "3", 2, false },
		{ "0", -1, true },
		{ "8", -1, true },
		{ "99999999999999999999", -1, true },
		{ "id", -1, false },
		{ "", -1, true },
		{ "nothing", -1, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { 0 };
		unsigned got = 99;
		int ret = column_find(&got, span_str(cases[i].given), NAMES,
		    NAMES_N, cases[i].header, ERR_LIST, &err);

		cr_expect_eq(ret, cases[i].column < 0 ? -1 : 0, "%s",
		    cases[i].given);
		if (ret == 0)
			cr_expect_eq((int)got, cases[i].column, "%s",
			    cases[i].given);
		else
			cr_expect_eq(err.code, ERR_LIST);
	}
}

Test(columns, a_message_lists_a_dozen_and_hides_numbers)
{
	struct span names[14];
	char text[200];

	for (int i = 0; i < 14; i++)
		names[i] = SPAN("c");
	names[1] = SPAN("13800000043");
	names[2] = SPAN(
	    "\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6"
	    "\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89"
	    "\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B");
	column_list(text, sizeof(text), names, 14);
	cr_expect(eq(str, text,
	    "c, \xE2\x80\xA6"
	    "43, "
	    "\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6"
	    "\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89\x8B\xE6\x89"
	    "\x8B\xE6\x89\x8B\xE6\x89\x8B, c, c, c, c, c, c, c, c, c, "
	    "and 2 more"));
	column_list(text, sizeof(text), names, 1);
	cr_expect(eq(str, text, "c"));
	column_list(text, 2, names + 3, 2);
	cr_expect(eq(str, text, "c"));
	column_list(text, sizeof(text), names, 0);
	cr_expect(eq(str, text, ""));
}

Test(columns, wanted_columns_are_in_order_and_once)
{
	unsigned want[4];
	size_t n = 0;

	column_want(want, &n, 7);
	column_want(want, &n, 2);
	column_want(want, &n, 7);
	column_want(want, &n, 5);
	cr_assert(eq(sz, n, 3));
	cr_expect(want[0] == 2 && want[1] == 5 && want[2] == 7);
	cr_expect(eq(uint, column_place(want, 5), 1));
}
