// ModelLanguage
