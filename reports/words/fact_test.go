package words

import "testing"

func TestFact(t *testing.T) {
	check := func(name, value, wantName, wantValue string) {
		t.Helper()
		if gotName, gotValue := Fact(name, value); gotName != wantName || gotValue != wantValue {
			t.Errorf("%s %s is said as %s %s", name, value, gotName, gotValue)
		}
	}
	check("memory.bytes", "25276510208", "memory", "23.54 GiB")
	check("memory.bytes", "much\n", "memory.bytes", `much\n`)
	check("memory.bytes", "-1", "memory.bytes", "-1")
	check("kernel.aslr", "2", "kernel.aslr", "2")
}
