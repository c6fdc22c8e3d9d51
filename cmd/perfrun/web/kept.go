package web

import (
	"container/list"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
)

// kept holds answers, the least used of which go when there is no room.
type kept struct {
	mu    sync.Mutex
	room  int64
	used  int64
	order *list.List // of *entry, the most used first
	at    map[string]*list.Element
}

type entry struct {
	key     string
	answer  *answer
	edition results.Edition // of what it was made from, at least
	life
}

// life is for how long an answer is given again: until fresh whatever has changed, and
// later until its end while nothing has.
type life struct{ fresh, end time.Time }

// holds reports whether the answer may be given again. Once it is not fresh it must be of
// this edition, if there are any.
func (e *entry) holds(now results.Edition) bool {
	if time.Now().Before(e.fresh) {
		return true
	}
	same := e.edition == now || e.answer.document.Holds.In(e.edition, now)
	return same && now != (results.Edition{}) && time.Now().Before(e.end)
}

func newKept(room int64) *kept {
	return &kept{room: room, order: list.New(), at: map[string]*list.Element{}}
}

// find returns an answer that still holds, or nil.
func (k *kept) find(key string, now results.Edition) *answer {
	k.mu.Lock()
	defer k.mu.Unlock()
	element := k.at[key]
	if element == nil {
		return nil
	}
	e := element.Value.(*entry)
	if !e.holds(now) {
		k.drop(element)
		return nil
	}
	k.order.MoveToFront(element)
	return e.answer
}

// keep keeps an answer that was made of an edition. One that would take more than a quarter
// of the room is not kept.
func (k *kept) keep(key string, a *answer, edition results.Edition, l life) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if element := k.at[key]; element != nil {
		k.drop(element)
	}
	if a.size() > k.room/4 {
		return
	}
	k.at[key] = k.order.PushFront(&entry{key, a, edition, l})
	k.used += a.size() + int64(len(key))
	for k.used > k.room {
		k.drop(k.order.Back())
	}
}

func (k *kept) drop(element *list.Element) {
	e := element.Value.(*entry)
	k.order.Remove(element)
	delete(k.at, e.key)
	k.used -= e.answer.size() + int64(len(e.key))
}
