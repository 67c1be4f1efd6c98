import Testing

@testable import MCPStoreRedis

@Suite struct SentinelURLTests {
    @Test(arguments: [
        ("redis+sentinel://a:1,b:2,c/main/3", "a:1,b:2,c:26379/main", 3, false),
        ("rediss+sentinel://[::1]:7,h/m", "[::1]:7,h:26379/m", 0, true),
        ("REDIS+SENTINEL://u:p%2c@h/my%20main?db=2", "h:26379/my main", 2, false),
        ("redis+sentinel://:a,b@h/m/", "h:26379/m", 0, false),
    ])
    func `Sentinels, master and database come from the URL`(url: String, group: String, database: Int, tls: Bool) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.sentinels?.description == group)
        #expect(configuration.database == database)
        #expect(configuration.usesTLS == tls)
        #expect(configuration.followsMaster)
        #expect(!configuration.isLoopback, "a Sentinel on this machine may name another one")
    }

    @Test func `user and password are those of Redis, and Sentinels have their own`() throws {
        let url = "redis+sentinel://app:p1@h/m?sentinel_username=watch&sentinel_password=p%262"
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.user == "app" && configuration.password == "p1")
        #expect(configuration.sentinels?.user == "watch" && configuration.sentinels?.password == "p&2")
        let bare = try RedisConfiguration(url: "redis+sentinel://:p1@h/m")
        #expect(bare.sentinels?.password == nil, "what Redis asks for is not sent to others")
    }

    @Test(arguments: [
        ("redis+sentinel://h", "name the master"), ("redis+sentinel://h/", "name the master"),
        ("redis+sentinel:///m", "no host"), ("redis+sentinel://h,,i/m", "no host"), ("redis+sentinel://h:x/m", "port"),
        ("redis+sentinel://h/m/x", "database"), ("redis+sentinel://h/m/1?db=2", "two different databases"),
        ("redis+sentinel://h/m?sentinel_username=u", "no sentinel_password"), ("redis://a:1,b:2", "several hosts"),
        ("redis+sentinel://h/m?sentinel_password=%zz", "sentinel_password"), ("redis://h?sentinel_password=x", "no Sentinels"),
        ("redis+sentinel://h/m?master=x", "unknown option"),
    ])
    func `the error names what is wrong with the URL of Sentinels`(url: String, words: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `no password of Redis or of Sentinels is in a description, dump or error`() throws {
        let url = "redis+sentinel://u1:hunter1@h:1,i:2/m/4?sentinel_username=u2&sentinel_password=hunter2"
        let configuration = try RedisConfiguration(url: url)
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect("\(configuration)" == "redis+sentinel://h:1,i:2/m/4")
        #expect(configuration.endpointDescription == "master 'm' of the Sentinels h:1, i:2")
        for text in ["\(configuration)", String(reflecting: configuration), dumped, configuration.endpointDescription] {
            for secret in ["hunter", "u1", "u2"] { #expect(!text.contains(secret)) }
        }
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url + "&x=1") }
        #expect(error?.description.contains("hunter") == false)
    }

    @Test func `the replicas to wait for come from the URL, of any scheme`() throws {
        let sentinel = try RedisConfiguration(url: "redis+sentinel://h/m?wait_replicas=2&wait_timeout=0.25")
        #expect(sentinel.replicaWait == ReplicaWait(replicas: 2, timeout: .milliseconds(250)))
        #expect(sentinel.replicaWait?.milliseconds == 250)
        let plain = try RedisConfiguration(url: "redis://h?wait_replicas=1")
        #expect(plain.replicaWait == ReplicaWait(replicas: 1, timeout: .seconds(1)))
        let short = try RedisConfiguration(url: "redis://h?wait_replicas=1", socketTimeout: .milliseconds(500))
        #expect(short.replicaWait == ReplicaWait(replicas: 1, timeout: .milliseconds(250)))
        #expect(try RedisConfiguration(url: "redis://h?wait_replicas=0").replicaWait == nil)
        #expect(try RedisConfiguration(url: "redis://h").replicaWait == nil)
        #expect(ReplicaWait(replicas: 1, timeout: .microseconds(1)).milliseconds == 1, "0 would mean: for ever")
    }

    @Test(arguments: [
        ("wait_replicas=-1", "wait_replicas"), ("wait_replicas=x", "wait_replicas"), ("wait_replicas=101", "wait_replicas"),
        ("wait_replicas=1&wait_timeout=0", "wait_timeout"), ("wait_replicas=1&wait_timeout=61", "wait_timeout"),
        ("wait_replicas=1&wait_timeout=nan", "wait_timeout"), ("wait_replicas=1&wait_timeout=2", "shorter than"),
        ("wait_timeout=1", "no wait_replicas"),
    ])
    func `the error names what is wrong with the replicas to wait for`(query: String, words: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: "redis://h?\(query)") }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
}
