import Testing

@testable import MCPStore

struct URITemplateTests {
    @Test(arguments: [
        ("note:///{id}", "note:///1", true), ("note:///{id}", "note:///", false), ("note:///{id}", "note:///a/b", false),
        ("note:///{+path}", "note:///a/b", true), ("note:///{+path}", "note:///", true), ("x://{a}/{b}.txt", "x://1/2.txt", true),
        ("x://{a}/{b}.txt", "x://1/2.md", false), ("x://{a}-{b}", "x://1-2-3", true), ("x://s{?q}", "x://s?q=1", true),
        ("x://s{?q}", "x://s", true), ("x://s{/p*}", "x://s/a/b", true), ("x://{open", "x://{open", true),
        ("x://{}", "x://{}", true), ("x://a", "x://a", true), ("x://a", "x://ab", false), ("", "", false),
    ])
    func `A URI fits a template or not`(template: String, uri: String, fits: Bool) {
        #expect(URITemplate(template).matches(uri) == fits)
    }

    @Test func `Long templates and URIs cost a bounded amount of work`() {
        let template = URITemplate(String(repeating: "{a}", count: 600))
        #expect(!template.matches(String(repeating: "x", count: 7999) + "/"))
        #expect(!template.matches(String(repeating: "x", count: 8001)))
        #expect(!URITemplate(String(repeating: "x", count: 2001)).matches(String(repeating: "x", count: 2001)))
    }
}
