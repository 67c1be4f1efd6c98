import Testing

@testable import MCPStoreRedis

@Suite struct RedisConfigurationTests {
    @Test(arguments: [
        ("redis://localhost", "localhost:6379", 0), ("redis://h:1/15", "h:1", 15), ("rediss://h", "h:6379", 0),
        ("REDIS://h/", "h:6379", 0), ("redis://[::1]:7", "[::1]:7", 0), ("redis://[fe80::1]/2", "[fe80::1]:6379", 2),
        ("redis://h?db=3", "h:6379", 3), ("unix:///tmp/r.sock", "/tmp/r.sock", 0), ("redis+unix:///a%20b?db=4", "/a b", 4),
        ("redis://u:p@h:2/1", "h:2", 1), ("redis://:p%40%2f@h", "h:6379", 0), ("redis://:a@b@h", "h:6379", 0),
        ("redis://:a/b@h/7", "h:6379", 7),
    ])
    func `endpoint and database come from the URL`(url: String, endpoint: String, database: Int) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpointDescription == endpoint)
        #expect(configuration.database == database)
    }

    @Test(arguments: [
        ("redis://h", nil, nil), ("redis://u:p@h", "u", "p"), ("redis://:p@h", nil, "p"), ("redis://u%3a:%70%25@h", "u:", "p%"),
        ("redis://:a@b@h", nil, "a@b"), ("redis://:a/b@h/7", nil, "a/b"), ("redis://:a:b@h", nil, "a:b"),
        ("unix://u:p@/s", "u", "p"),
    ])
    func `user and password come from the URL`(url: String, user: String?, password: String?) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.user == user)
        #expect(configuration.password == password)
    }

    @Test(arguments: [
        ("localhost:6379", "no scheme"), ("http://h", "unknown scheme 'http'"), ("redis://", "no host"),
        ("redis://:1", "no host"),
        ("redis://h:0", "port"), ("redis://h:65536", "port"), ("redis://h:x", "port"), ("redis://h/x", "database"),
        ("redis://h/-1", "database"), ("redis://h?db=x", "database"), ("redis://h/1?db=2", "two different databases"),
        ("redis://h?tls=1", "unknown option"), ("redis://::1", "without ["), ("redis://[::1", "closing ]"),
        ("unix://", "no path"),
        ("unix://host/path", "has a host"), ("redis://:%zz@h", "password"), ("redis://%f:p@h", "user name"),
        ("redis://:%ff@h", "UTF-8"), ("redis://u@h", "no password"),
    ])
    func `the error names what is wrong with the URL`(url: String, words: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `a password beside the URL is used, unless the URL has another one`() throws {
        #expect(try RedisConfiguration(url: "redis://h", password: "p").password == "p")
        #expect(try RedisConfiguration(url: "redis://:p@h", password: "p").password == "p")
        #expect(try RedisConfiguration(url: "redis://u@h", password: "p").user == "u")
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: "redis://:hunter1@h", password: "hunter2") }
        #expect(error?.message.contains("two different passwords") == true)
        #expect(error?.description.contains("hunter") == false)
    }

    @Test func `the password is in no description, dump or reflection`() throws {
        let configuration = try RedisConfiguration(url: "redis://someone:hunter2@h:1/3")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, configuration.endpointDescription] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("someone"))
        }
        #expect("\(configuration)" == "redis://h:1/3")
    }

    @Test(arguments: [
        "redis://:hunter2@", "redis://:hunter2@h:x", "redis://a:hunter2%@h", "http://:hunter2@h", "redis://:hunter2@h/x",
    ])
    func `no error about a URL shows its password`(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        ("redis://localhost", true), ("redis://127.0.0.1", true), ("redis://127.9.9.9", true), ("redis://[::1]", true),
        ("unix:///s", true), ("redis://10.0.0.1", false), ("redis://127.example.com", false), ("redis://example.com", false),
    ])
    func `loopback is what cannot be another machine`(url: String, isLoopback: Bool) throws {
        #expect(try RedisConfiguration(url: url).isLoopback == isLoopback)
    }

    @Test func `TLS options without TLS are refused`() {
        let options = TLSOptions(caFile: "/ca.pem")
        #expect(throws: RedisError.self) { try RedisConfiguration(url: "redis://h", tls: options) }
        #expect(throws: Never.self) { try RedisConfiguration(url: "rediss://h", tls: options) }
    }

    @Test func `a client certificate needs its key, and a timeout must be positive`() {
        #expect(throws: RedisError.self) { try RedisConfiguration(url: "rediss://h", tls: TLSOptions(certificateFile: "/c")) }
        #expect(throws: RedisError.self) { try RedisConfiguration(url: "redis://h", socketTimeout: .zero) }
    }
}
