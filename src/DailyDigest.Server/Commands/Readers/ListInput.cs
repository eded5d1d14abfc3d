using System.CommandLine;
using DailyDigest.Calendar;

namespace DailyDigest.Server.Commands;

/// <summary>Options, opening of the file and progress of the verbs that read a list of addresses.</summary>
internal static class ListInput
{
    private const int MaxSource = 200;
    private const string DayFirst = "day-first";
    private const string MonthFirst = "month-first";
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>The name of the list, one line.</summary>
    public static Option<string> Source(string description)
    {
        var source = new Option<string>("--source") { Description = description, HelpName = "name", Required = true };
        source.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (string.IsNullOrWhiteSpace(token.Value) || token.Value.Length > MaxSource || token.Value.Any(char.IsControl)))
            {
                result.AddError($"--source: one line of at most {MaxSource} characters.");
            }
        });
        return source;
    }

    public static Option<bool> DryRun() =>
        new("--dry-run") { Description = "Check the file and count what would be added; write nothing" };

    /// <summary>The order of day and month; its value is for <see cref="OrderOf"/>.</summary>
    public static Option<string> Dates() => new Option<string>("--dates")
    {
        Description = $"The order in dates such as 02/03/2025: {DayFirst} or {MonthFirst}. Without it they are refused",
        HelpName = "order",
    }.AcceptOnlyFromAmong(DayFirst, MonthFirst);

    public static DayMonth OrderOf(string? dates) => dates switch
    {
        DayFirst => DayMonth.DayFirst,
        MonthFirst => DayMonth.MonthFirst,
        _ => DayMonth.Unknown,
    };

    /// <summary>Opens the file; null if that failed, which was reported.</summary>
    public static async Task<FileStream?> OpenAsync(FileInfo file, Terminal terminal)
    {
        try
        {
            return file.OpenRead();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"FILE: {exception.Message}");
            return null;
        }
    }

    /// <summary>Writes the progress at most once a second. The import calls it sequentially.</summary>
    public static IProgress<T> Progress<T>(TimeProvider time, Func<T, string> words, Func<string, Task> say) =>
        new Throttled<T>(time, words, say);

    private sealed class Throttled<T>(TimeProvider time, Func<T, string> words, Func<string, Task> say) : IProgress<T>
    {
        private long last = time.GetTimestamp();

        public void Report(T value)
        {
            if (time.GetElapsedTime(last) >= ReportInterval)
            {
                last = time.GetTimestamp();
                say(words(value)).GetAwaiter().GetResult();
            }
        }
    }
}
