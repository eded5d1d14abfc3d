using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>The relays of these tests, and the log of the transport.</summary>
public sealed partial class RelayTests
{
    private static async Task<SendResult> SendAsync(SmtpTransport transport)
    {
        await using var session = transport.OpenSession();
        return await session.SendAsync(SampleMails.Notice(), Stop);
    }

    private static RelayOptions Relay(int port, Action<RelayOptions>? change = null)
    {
        var relay = new RelayOptions { Host = "127.0.0.1", Port = port, Security = "none" };
        change?.Invoke(relay);
        return relay;
    }

    private static MailOptions Options(RelayOptions first, params RelayOptions[] further) => new()
    {
        From = "news@example.com",
        Host = first.Host,
        Port = first.Port,
        Security = first.Security,
        User = first.User,
        Password = first.Password,
        Connections = first.Connections,
        PerSecond = first.PerSecond,
        PerHour = first.PerHour,
        PerDay = first.PerDay,
        PerConnection = first.PerConnection,
        Relays = further,
    };

    private int PortWithoutServer()
    {
        var port = new ClosedPort();
        ends.Add(port);
        return port.Number;
    }

    private async Task<SmtpRecorder> ServerAsync(SmtpOptions? options = null)
    {
        var server = await SmtpRecorder.StartAsync(options ?? new SmtpOptions(), Stop);
        ends.Add(server);
        return server;
    }

    private SmtpTransport Transport(MailOptions options, ITableStore? store = null, TimeProvider? clock = null, DialRelay? dial = null)
    {
        var transport = new SmtpTransport(options, SampleMails.Publication(), log, dial, tables: store ?? tables, time: clock ?? time,
            faults: faults);
        ends.Add(transport);
        return transport;
    }

    private sealed class Lines : ILogger<SmtpTransport>
    {
        private readonly Lock gate = new();
        private readonly List<string> all = [];
        private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> All
        {
            get
            {
                lock (gate)
                {
                    return [.. all];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (gate)
            {
                all.Add(formatter(state, exception) + exception);
                more.TrySetResult();
                more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public async Task WaitForAsync(string text, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task next;
                lock (gate)
                {
                    if (all.Exists(line => line.Contains(text, StringComparison.Ordinal)))
                    {
                        return;
                    }

                    next = more.Task;
                }

                await next.WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
            }
        }
    }
}
