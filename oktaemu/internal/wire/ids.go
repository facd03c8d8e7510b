package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// IDLength is the length of Okta's object ids, prefix included.
const IDLength = 20

// The prefixes of Okta's object ids, by kind of object.
const (
	IDOrg        = "00o"
	IDUser       = "00u"
	IDGroup      = "00g"
	IDPolicy     = "00p"
	IDRule       = "0pr"
	IDApp        = "0oa"
	IDAuthServer = "aus"
	IDClaim      = "ocl"
	IDScope      = "scp"
	IDHook       = "cal"
	IDGrant      = "oag"
	IDIDP        = "0oa" // identity providers share the prefix of apps
)

// NewID returns a random id in Okta's form: a prefix for the kind, then letters and digits, 20
// characters in all.
func NewID(prefix string) string {
	return prefix + RandomWord(IDLength-len(prefix))
}

// FixedID makes a readable id of Okta's form that is the same in every org.
func FixedID(prefix, name string) string {
	id := prefix + name
	return id + strings.Repeat("0", max(0, IDLength-len(id)))
}

// NamedID makes an id in Okta's form from the name of an object. The same name always gives the
// same id.
func NamedID(prefix, name string) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digest := sha256.Sum256([]byte(prefix + name))
	word := make([]byte, IDLength-len(prefix))
	for i := range word {
		word[i] = alphabet[int(digest[i])%len(alphabet)]
	}
	return prefix + string(word)
}

// RandomWord returns n random letters and digits.
func RandomWord(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	word := make([]byte, 0, n)
	var draw [32]byte
	for {
		_, _ = rand.Read(draw[:]) // never fails: crypto/rand, Go 1.24 and later
		for _, b := range draw {
			if len(word) == n {
				return string(word)
			}
			if int(b) < 4*len(alphabet) { // avoids a bias
				word = append(word, alphabet[int(b)%len(alphabet)])
			}
		}
	}
}

// RandomToken returns a random value with 256 bits of entropy.
func RandomToken() string {
	var draw [32]byte
	_, _ = rand.Read(draw[:]) // never fails: crypto/rand, Go 1.24 and later
	return base64.RawURLEncoding.EncodeToString(draw[:])
}
