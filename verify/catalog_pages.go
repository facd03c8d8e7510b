package verify

func pageTexts() map[string]text { return map[string]text{} }
func flowTexts() map[string]text { return map[string]text{} }
