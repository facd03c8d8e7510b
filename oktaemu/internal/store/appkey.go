package store

// AppKey is a key pair of an app with its certificate. Document is what the Management API shows of it; it is safe for
// concurrent use.
type AppKey struct {
	ID       string // its kid
	Document func() ([]byte, error)
}

// MarshalJSON returns the document.
func (k AppKey) MarshalJSON() ([]byte, error) { return k.Document() }
