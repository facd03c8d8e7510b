package oktaemu

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// idLength is the length of Okta's object ids, prefix included.
const idLength = 20

// The prefixes of Okta's object ids, by kind of object.
const (
	idOrg        = "00o"
	idUser       = "00u"
	idGroup      = "00g"
	idPolicy     = "00p"
	idRule       = "0pr"
	idApp        = "0oa"
	idAuthServer = "aus"
	idClaim      = "ocl"
	idScope      = "scp"
	idHook       = "cal"
	idGrant      = "oag"
	idIDP        = "0oa" // identity providers share the prefix of apps
)

// newID draws an id of Okta's form: a prefix that names the kind, then letters
// and digits, 20 characters in all.
func newID(prefix string) string {
	return prefix + randomWord(idLength-len(prefix))
}

// fixedID makes a readable id of Okta's form that is the same in every org.
func fixedID(prefix, name string) string {
	id := prefix + name
	return id + strings.Repeat("0", max(0, idLength-len(id)))
}

// randomWord draws n letters and digits.
func randomWord(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	word := make([]byte, 0, n)
	var draw [32]byte
	for {
		_, _ = rand.Read(draw[:]) // never fails: crypto/rand, Go 1.24 and later
		for _, b := range draw {
			if len(word) == n {
				return string(word)
			}
			if int(b) < 4*len(alphabet) { // keeps the draw even
				word = append(word, alphabet[int(b)%len(alphabet)])
			}
		}
	}
}

// randomToken draws an opaque value with 256 bits of entropy.
func randomToken() string {
	var draw [32]byte
	_, _ = rand.Read(draw[:]) // never fails: crypto/rand, Go 1.24 and later
	return base64.RawURLEncoding.EncodeToString(draw[:])
}
