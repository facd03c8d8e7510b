// Package evidence packs proof of tests into one archive, and checks such archives. Anybody can
// check them.
//
// An archive is a zip file without compression. Any tool can read its members, and the same members
// always give the same bytes. The member SHA256SUMS has the form of sha256sum. An SSH key may sign
// it (SSHSIG, which ssh-keygen -Y verify checks). Before packing, everything that could identify a
// person is replaced by keyed pseudonyms ([Pseudonyms]).
package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Names of special members.
const (
	SumsName      = "SHA256SUMS"
	SignatureName = "SHA256SUMS.sig"
)

// Limits of an archive that is read. A usual archive has about 300 kB in twenty members.
const (
	MaxArchive = 32 << 20 // bytes
	maxMembers = 1000
)

// Member is a file of the archive.
type Member struct {
	Name string
	Body []byte
}

// Pack makes an archive of the members and a SHA256SUMS, which sign signs unless it is nil. at is
// the time of every member, rounded to two seconds.
func Pack(members []Member, at time.Time, sign func(sums []byte) ([]byte, error)) ([]byte, error) {
	members = slices.SortedFunc(slices.Values(members), func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	sums := Member{SumsName, sumsOf(members)}
	members = append(members, sums)
	if sign != nil {
		signature, err := sign(sums.Body)
		if err != nil {
			return nil, err
		}
		members = append(members, Member{SignatureName, signature})
	}
	return write(members, at)
}

func write(members []Member, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		part, err := w.CreateHeader(&zip.FileHeader{Name: m.Name, Method: zip.Store, Modified: at.UTC().Truncate(2 * time.Second)})
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(m.Body); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// sumsOf returns the file that sha256sum -c reads.
func sumsOf(members []Member) []byte {
	var b bytes.Buffer
	for _, m := range members {
		fmt.Fprintf(&b, "%s  %s\n", digest(m.Body), m.Name)
	}
	return b.Bytes()
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// opened is an archive that was read.
type opened struct {
	members []Member
	at      time.Time
	damaged map[string]error // members whose bytes cannot be read
}

func (o opened) get(name string) ([]byte, bool) {
	i := slices.IndexFunc(o.members, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return o.members[i].Body, true
}

// open reads an archive. The error says that it is not an archive, or exceeds a limit.
func open(text []byte) (opened, error) {
	o := opened{damaged: map[string]error{}}
	if len(text) > MaxArchive {
		return o, fmt.Errorf("more than %d bytes", MaxArchive)
	}
	r, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return o, errors.New("not a zip file, or its directory is damaged")
	}
	if len(r.File) == 0 || len(r.File) > maxMembers {
		return o, fmt.Errorf("%d members, wanted 1 to %d", len(r.File), maxMembers)
	}
	left := int64(MaxArchive)
	for _, f := range r.File {
		o.at = f.Modified
		body, err := content(f, left)
		left -= int64(len(body))
		if left <= 0 {
			return o, fmt.Errorf("more than %d bytes when unpacked", MaxArchive)
		}
		if err != nil {
			o.damaged[f.Name] = err
			body = nil
		}
		o.members = append(o.members, Member{f.Name, body})
	}
	return o, nil
}

func content(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, most))
}
