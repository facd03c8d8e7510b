// Package outside checks what comes from outside before anybody uses it: the size and shape of JSON
// texts, URLs, and the addresses to which a server may send us.
//
// It is ground floor: it imports no other package of this module.
package outside
