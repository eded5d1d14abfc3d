using DailyDigest.Mail.Smtp;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Tests;

/// <summary>Keeps every log line of the transport, with its exception.</summary>
internal sealed class LogLines : ILogger<SmtpTransport>
{
    private readonly Lock gate = new();
    private readonly List<string> all = [];

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
        }
    }
}
