// Package words holds sentences in English and French. A sentence is written where it is used, in
// both languages at once:
//
//	words.Say("The hook took %s.", "Le hook a pris %s.", took)
//
// It is ground floor: it imports no other package of this module.
package words
