package doctor

import (
	"net/http"
	"time"

	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// maxSkew is how wrong this machine's clock may be. Beyond it, tokens seem to be from the
	// future or expired (RFC 7519, section 4.1.4, allows a few minutes; servers with NTP stay
	// within a minute).
	maxSkew = time.Minute
	// dateStep is the resolution of the header Date (RFC 9110, section 6.6.1).
	dateStep = time.Second
)

// moment is the time of an answer, by both clocks.
type moment struct {
	date   string    // header Date
	before time.Time // our clock when the request was sent
	after  time.Time // our clock when the answer came
}

// skew returns how far our clock is ahead of the other; 0 if the difference is too small to
// measure.
func (m moment) skew() (time.Duration, bool) {
	date, err := http.ParseTime(m.date)
	switch {
	case err != nil:
		return 0, false
	case m.before.Sub(date) > dateStep:
		return m.before.Sub(date).Round(time.Second), true
	case date.Sub(m.after) > 0:
		return -date.Sub(m.after).Round(time.Second), true
	}
	return 0, true
}

// checkClock compares our clock with that of whom.
func checkClock(m moment, whom string) report.Finding {
	expected := words.Say("at most %v from the clock of %s", "au plus %v d'écart avec l'horloge de %s", maxSkew, whom)
	skew, ok := m.skew()
	switch {
	case !ok:
		return report.Skip(words.Say("Not checked: %s sends no Date header.", "Non vérifié : %s n'envoie pas d'en-tête Date.", whom))
	case skew.Abs() > maxSkew:
		return report.Fail(expected, words.Say("%v", "%v", skew), words.Say("Synchronize this machine's clock: timedatectl set-ntp true.", "Synchronisez l'horloge de cette machine : timedatectl set-ntp true."))
	}
	return report.Pass(words.Say("%v", "%v", skew))
}
