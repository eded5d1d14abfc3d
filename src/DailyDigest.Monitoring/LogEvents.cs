using System.Globalization;
using System.Reflection;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Monitoring;

/// <summary>
/// Counts the warnings and errors of this program by event id. docs/runbook.md has a page for each id, so an alert rule can lead there. The
/// texts of the lines do not get into the metrics.
/// </summary>
[ProviderAlias("Events")]
internal sealed class LogEvents : ILoggerProvider
{
    private const string Ours = nameof(DailyDigest);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        new Counter(categoryName == Ours || categoryName.StartsWith(Ours + ".", StringComparison.Ordinal));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>
    /// The warnings and errors that the program can log, with the level of each. A count begins at 0, so that the first of a kind is an
    /// increase, too.
    /// </summary>
    internal static IEnumerable<(int Id, LogLevel Level)> Known() => AppDomain.CurrentDomain.GetAssemblies()
        .Where(assembly => assembly.GetName().Name is { } name
            && (name == Ours || name.StartsWith(Ours + ".", StringComparison.Ordinal)))
        .SelectMany(assembly => assembly.GetTypes())
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>()
        .Where(line => line.Level is >= LogLevel.Warning and < LogLevel.None)
        .Select(line => (line.EventId, line.Level));

    /// <summary>Counts lines of a kind.</summary>
    internal static void Add(int count, int id, LogLevel level) => Telemetry.LogEvents.Add(
        count, new("event", id.ToString(CultureInfo.InvariantCulture)), new("level", level == LogLevel.Warning ? "warning" : "error"));

    private sealed class Counter(bool counts) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => counts && logLevel is >= LogLevel.Warning and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Add(1, eventId.Id, logLevel);
            }
        }
    }
}
