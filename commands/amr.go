package commands

import "slices"

// fromHookSpelling translates a value of the hook's context.session.amr to the
// spelling of RFC 8176 (Okta's former reference/api/sessions page, "AMR object").
// ok is false for a value that is not in Okta's list.
func fromHookSpelling(v string) (rfc8176 string, ok bool) {
	switch v {
	case "PASSWORD":
		return "pwd", true
	case "POP_SOFTWARE_KEY":
		return "swk", true
	case "POP_HARDWARE_KEY":
		return "hwk", true
	case "ONE_TIME_PASSWORD":
		return "otp", true
	case "SMS_MESSAGE":
		return "sms", true
	case "TELEPHONE_CALL":
		return "tel", true
	case "GEOLOCATION":
		return "geo", true
	case "BIO_FINGERPRINT":
		return "fpt", true
	case "KNOWLEDGE_BASED_AUTHENTICATION":
		return "kba", true
	case "MULTIFACTOR_AUTHENTICATION":
		return "mfa", true
	case "MULTIPLE_CHANNEL_AUTHENTICATION":
		return "mca", true
	case "SMART_CARD":
		return "sc", true
	}
	return "", false
}

// NormalizeAMR returns values in RFC 8176 spelling, in their order, without duplicates. The input
// may hold either spelling. A value that neither spelling knows is kept as Okta sent it. A nil
// input stays nil, because "no evidence" differs from "empty evidence".
func NormalizeAMR(values []string) []string {
	if values == nil {
		return nil
	}
	out := make([]string, 0, len(values))
	for _, v := range values {
		if rfc, ok := fromHookSpelling(v); ok {
			v = rfc
		}
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// knownAMR lists the values that Okta can put in amr: those of RFC 8176,
// section 2, then Okta's own (Okta developer docs, guides/configure-amr-claims-mapping).
func knownAMR() []string {
	return []string{
		"face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina",
		"sc", "sms", "swk", "tel", "user", "vbm", "wia",
		"duo", "email", "fed", "google_otp", "okta_verify", "phr", "rsa", "yubikey",
	}
}
