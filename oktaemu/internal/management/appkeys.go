package management

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// The years for which a certificate of an app is valid (Okta Management API, generateApplicationKey).
const (
	minCertificateYears = 2
	maxCertificateYears = 10
)

func (api *API) appKeyRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listAppKeys)
	api.handle(mux, "POST "+base+"/generate", manage, (*call).generateAppKey)
	api.handle(mux, "GET "+base+"/{key}", read, (*call).readAppKey)
	api.handle(mux, "POST "+base+"/{key}/clone", manage, (*call).cloneAppKey)
}

func (c *call) listAppKeys() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, key := range a.Keys {
		list = append(list, key)
	}
	return ok(list), nil
}

func (c *call) generateAppKey() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	years, err := strconv.Atoi(c.r.URL.Query().Get("validityYears"))
	if err != nil || years < minCertificateYears || years > maxCertificateYears {
		return answer{}, wire.ErrInvalid("generateKey", fmt.Sprintf("validityYears: must be a whole number from %d to %d", minCertificateYears, maxCertificateYears))
	}
	return c.addAppKey(a, newAppKey(a.Client.Name, c.Now(), years))
}

func (c *call) readAppKey() (answer, *wire.APIError) {
	key, fault := c.findAppKey()
	if fault != nil {
		return answer{}, fault
	}
	return ok(key), nil
}

// cloneAppKey gives another app the same key.
func (c *call) cloneAppKey() (answer, *wire.APIError) {
	key, fault := c.findAppKey()
	if fault != nil {
		return answer{}, fault
	}
	id := c.r.URL.Query().Get("targetAid")
	target, there := c.Apps.Get(id)
	if !there {
		return answer{}, wire.ErrNotFound("AppInstance", id)
	}
	return c.addAppKey(target, key)
}

func (c *call) addAppKey(a store.App, key store.AppKey) (answer, *wire.APIError) {
	a.Keys = append(slices.Clone(a.Keys), key)
	if len(a.Keys) > maxClientKeys {
		return answer{}, wire.ErrFull(maxClientKeys)
	}
	c.Apps.Put(a.ID(), a)
	return answer{status: http.StatusCreated, body: key}, nil
}

func (c *call) findAppKey() (store.AppKey, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return store.AppKey{}, fault
	}
	id := c.r.PathValue("key")
	i := slices.IndexFunc(a.Keys, func(k store.AppKey) bool { return k.ID == id })
	if i < 0 {
		return store.AppKey{}, wire.ErrNotFound("ApplicationKeyCredential", id)
	}
	return a.Keys[i], nil
}

// newAppKey returns a key with a certificate that it signs itself. It is drawn when it is first shown, which is after the
// org's lock is released, because that is slow.
func newAppKey(name string, now time.Time, years int) store.AppKey {
	id, end := wire.RandomToken(), now.AddDate(years, 0, 0)
	return store.AppKey{ID: id, Document: sync.OnceValues(func() ([]byte, error) {
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		sheet := &x509.Certificate{SerialNumber: big.NewInt(now.UnixMilli()), Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: end}
		der, err := x509.CreateCertificate(rand.Reader, sheet, sheet, private.Public(), private)
		if err != nil {
			return nil, err
		}
		public, err := json.Marshal(jose.JSONWebKey{Key: private.Public(), KeyID: id, Use: "sig"})
		if err != nil {
			return nil, err
		}
		shown := map[string]any{}
		if err := json.Unmarshal(public, &shown); err != nil {
			return nil, err
		}
		digest := sha256.Sum256(der)
		shown["x5c"], shown["x5t#S256"] = []string{base64.StdEncoding.EncodeToString(der)}, base64.RawURLEncoding.EncodeToString(digest[:])
		shown["created"], shown["lastUpdated"], shown["expiresAt"] = wire.Stamp(now), wire.Stamp(now), wire.Stamp(end)
		return json.Marshal(shown)
	})}
}
