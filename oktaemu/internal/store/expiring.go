package store

import (
	"time"
)

// maxExpiring bounds each store of short-lived values; the oldest leave first.
const maxExpiring = 20000

// Expiring keeps values by key until their time is over.
type Expiring[V any] struct {
	items map[string]expiringItem[V]
	queue []queued // in order of insertion; may name keys that are gone
	seq   uint64
}

type expiringItem[V any] struct {
	value   V
	expires time.Time
	seq     uint64
}

type queued struct {
	key string
	seq uint64
}

// Put stores value until expires, and makes room by dropping what is over or oldest.
func (e *Expiring[V]) Put(now time.Time, key string, value V, expires time.Time) {
	if e.items == nil {
		e.items = make(map[string]expiringItem[V])
	}
	e.seq++
	e.items[key] = expiringItem[V]{value, expires, e.seq}
	e.queue = append(e.queue, queued{key, e.seq})
	e.shrink(now)
}

// Update replaces the value of a key that is there and keeps its expiry.
func (e *Expiring[V]) Update(key string, value V) {
	if item, ok := e.items[key]; ok {
		item.value = value
		e.items[key] = item
	}
}

// Get returns the value of key, if its time is not over.
func (e *Expiring[V]) Get(now time.Time, key string) (V, bool) {
	item, ok := e.items[key]
	if !ok || !now.Before(item.expires) {
		delete(e.items, key)
		var none V
		return none, false
	}
	return item.value, true
}

// Take gets a value and removes it: a value that serves once.
func (e *Expiring[V]) Take(now time.Time, key string) (V, bool) {
	value, ok := e.Get(now, key)
	delete(e.items, key)
	return value, ok
}

// Delete removes the value of key.
func (e *Expiring[V]) Delete(key string) { delete(e.items, key) }

// DeleteFunc removes every value that match accepts.
func (e *Expiring[V]) DeleteFunc(match func(V) bool) {
	for key, item := range e.items {
		if match(item.value) {
			delete(e.items, key)
		}
	}
}

// Filter returns the values that match accepts and whose time is not over, the oldest first.
func (e *Expiring[V]) Filter(now time.Time, match func(V) bool) (values []V) {
	for _, q := range e.queue {
		if item, there := e.items[q.key]; there && item.seq == q.seq && now.Before(item.expires) && match(item.value) {
			values = append(values, item.value)
		}
	}
	return values
}

// shrink drops entries from the front of the queue while they are gone, over, or
// too many.
func (e *Expiring[V]) shrink(now time.Time) {
	for len(e.queue) > 0 {
		head := e.queue[0]
		item, ok := e.items[head.key]
		current := ok && item.seq == head.seq
		if current && now.Before(item.expires) && len(e.queue) <= maxExpiring {
			return
		}
		if current {
			delete(e.items, head.key)
		}
		e.queue = e.queue[1:]
	}
}
