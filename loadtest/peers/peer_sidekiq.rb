# The Ruby side of peer_sidekiq.py: the job, read by `sidekiq -r`, and the bulk enqueue: ruby peer_sidekiq.rb < texts
require "json"
require "sidekiq"

RUN = JSON.parse(ENV.fetch("PEERS_RUN"))
Sidekiq.logger.level = Logger::WARN
connection = { url: RUN["redis"] }
begin
  require "hiredis"
  connection[:driver] = :hiredis
rescue LoadError
end
Sidekiq.configure_client { |config| config.redis = connection }
Sidekiq.configure_server { |config| config.redis = connection }

class Noop
  include Sidekiq::Worker

  @lock = Mutex.new
  @count = @sum = @bytes = 0

  # Counts the jobs as the workers of the other peers do; the last one reports.
  def self.count(text)
    @lock.synchronize do
      @start = Process.clock_gettime(Process::CLOCK_MONOTONIC) if @count.zero?
      @count += 1
      @sum += text[0, 12].to_i
      @bytes += text.bytesize
      return unless @count == RUN["jobs"]

      seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - @start
      report = { count: @count, sum: @sum, bytes: @bytes, seconds: seconds }
      Sidekiq.redis { |redis| redis.rpush("peers:drained", JSON.generate(report)) }
    end
  end

  def perform(text)
    Noop.count(text)
  end
end

if $PROGRAM_NAME == __FILE__
  STDIN.each_line(chomp: true).each_slice(1_000) do |texts|
    Sidekiq::Client.push_bulk("class" => Noop, "args" => texts.map { |text| [text] })
  end
end
