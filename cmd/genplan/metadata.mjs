// The metadata inside npm google-libphonenumber, by field number.
export const F = {
	general: 1, fixed: 2, mobile: 3, tollFree: 4, premium: 5, shared: 6,
	personal: 7, voip: 8, id: 9, callingCode: 10, idd: 11, trunk: 12,
	parsePrefix: 15, transform: 16, sameMobileAndFixed: 18, formats: 19,
	pager: 21, leading: 23, uan: 25, voicemail: 28,
	pattern: 2, lengths: 9, localLengths: 10,
};

// The literal that starts with the last character of `head`.
function literal(text, head) {
	const from = text.indexOf(head);
	if (from < 0)
		throw new Error(`no ${head} in the input`);
	let depth = 0;
	let quoted = false;
	for (let i = from + head.length - 1; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c === '\\')
				i++;
			else if (c === '"')
				quoted = false;
		} else if (c === '"') {
			quoted = true;
		} else if (c === '{' || c === '[') {
			depth++;
		} else if ((c === '}' || c === ']') && --depth === 0) {
			const source = text.slice(from + head.length - 1, i + 1);
			return (0, eval)(`(${source})`);
		}
	}
	throw new Error(`${head} has no end`);
}

export function load(bytes) {
	const text = bytes.toString('utf8');
	const at = 'i18n.phonenumbers.metadata.';
	return {
		regions: literal(text, `${at}countryToMetadata={`),
		codes: literal(text, `${at}countryCodeToRegionCodeMap={`),
	};
}
