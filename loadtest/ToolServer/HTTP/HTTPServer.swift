enum HTTPServer {
    static func run(port: Int, settings: Settings) async throws {}
}
