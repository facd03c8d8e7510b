package hook

import "pschook/commands"

// denyText is what a person reads when the token is refused. Okta passes it on as
// error_description, which RFC 6749 (section 4.1.2.1) limits to ASCII without quotation marks and
// backslashes. The French is worded so that it needs no accents. The reference is Okta's event id.
// Support finds the log line with it.
func denyText(reason commands.Reason, eventID string) string {
	text := "Connexion impossible pour l'instant. Merci de recommencer dans quelques minutes, puis de contacter le support informatique de votre centre hospitalier." +
		" / Sign-in is not possible right now. Please try again in a few minutes, then contact your hospital's IT support."
	if reason == commands.ReasonAMRPolicy {
		text = "Connexion non admise avec ce moyen d'identification. Recommencez avec votre carte CPx et son code PIN, ou avec le moyen que votre support informatique vous indique." +
			" / This way of signing in is not accepted. Try again with your CPx card and its PIN, or with the method that your hospital's IT support names."
	}
	if isReference(eventID) {
		text += " (ref. " + eventID + ")"
	}
	return text
}

// isReference reports whether s looks like an event id.
func isReference(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
