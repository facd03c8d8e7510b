package report_test

import (
	"fmt"
	"os"

	"pschook/verify/report"
	"pschook/verify/words"
)

// Other packages make reports in the same form: [report.New] counts the checks and writes the
// report.
func ExampleNew() {
	found := report.New("backup", words.English, []report.Check{
		{ID: "disk.space", Status: report.StatusPass, Title: "There is room"},
		{ID: "disk.age", Status: report.StatusWarn, Title: "The disk is young", Expected: "3 years", Actual: "5 years", Hint: "Order another one."},
	})
	if err := found.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Pass with warnings (backup): nothing failed, but look at the warnings.
	// Failed: 0. Warnings: 1. Passed: 1. Not checked: 0.
	//
	// pass     disk.space  There is room
	// warning  disk.age    The disk is young
	//          Expected: 3 years
	//          Found: 5 years
	//          What to do: Order another one.
}
