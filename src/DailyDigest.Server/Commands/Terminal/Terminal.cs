using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DailyDigest.Content;
using DailyDigest.Storage;
using Spectre.Console;

namespace DailyDigest.Server.Commands;

/// <summary>
/// The output of a verb: results to standard output, everything else to standard error. On a terminal lists are tables and progress is
/// updated in place; in a file or a pipe they are plain lines, with cells separated by tabs.
/// </summary>
/// <param name="output">Receives the results.</param>
/// <param name="error">Receives errors, one line each.</param>
/// <param name="configure">For test programs: further settings and services.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, Action<WebApplicationBuilder>? configure)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // A terminal is not a web page: letters of every script stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly bool isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Standard output itself, for data that is written as it comes.</summary>
    public TextWriter Output => output;

    /// <summary>Changes by test programs; null otherwise.</summary>
    public Action<WebApplicationBuilder>? Configure => configure;

    /// <summary>Writes one line of results.</summary>
    public Task LineAsync(string text = "") => output.WriteLineAsync(OneLine(text));

    /// <summary>Writes text as it is, line breaks included.</summary>
    public Task TextAsync(string text) => output.WriteAsync(text);

    /// <summary>Writes one error line.</summary>
    public Task ErrorAsync(string text) => error.WriteLineAsync(OneLine(text));

    /// <summary>Writes data for other programs: camelCase names, instants in ISO 8601.</summary>
    public async Task JsonAsync<T>(T data)
    {
        // A list that is read while it is written is never in memory as a whole.
        await using (var stream = new TextStream(output))
        {
            await JsonSerializer.SerializeAsync(stream, data, Json);
        }

        await output.WriteLineAsync();
    }

    /// <summary>Writes a list.</summary>
    public async Task TableAsync(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!isTerminal)
        {
            await output.WriteLineAsync(string.Join('\t', columns));
            foreach (var row in rows)
            {
                await output.WriteLineAsync(string.Join('\t', row.Select(OneLine)));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            var header = new TableColumn(new Text(column, new Style(decoration: Decoration.Bold)));

            // An id that is broken into two lines cannot be copied.
            table.AddColumn(column == "id" ? header.NoWrap().Width(ShortId.Width) : header);
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(OneLine(cell))));
        }

        AnsiConsole.Write(table);
    }

    /// <summary>
    /// Writes a list of any length as it arrives: to a pipe line by line, on a terminal as a series of tables. Writes nothing for an empty
    /// list.
    /// </summary>
    public async Task ListAsync(
        IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<string>> rows, CancellationToken cancellationToken)
    {
        const int PageSize = 500;
        var page = new List<IReadOnlyList<string>>();
        var first = true;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            page.Add(row);
            if (page.Count == PageSize)
            {
                await FlushAsync();
            }
        }

        if (page.Count > 0)
        {
            await FlushAsync();
        }

        async Task FlushAsync()
        {
            if (first || isTerminal)
            {
                await TableAsync(columns, page);
            }
            else
            {
                foreach (var one in page)
                {
                    await output.WriteLineAsync(string.Join('\t', one.Select(OneLine)));
                }
            }

            first = false;
            page.Clear();
        }
    }

    /// <summary>Runs long work and shows its progress: in place on a terminal, otherwise as lines on standard error.</summary>
    public async Task<T> WatchAsync<T>(string what, Func<Func<string, Task>, Task<T>> work)
    {
        if (!isTerminal)
        {
            return await work(ErrorAsync);
        }

        return await AnsiConsole.Status().StartAsync(Markup.Escape(what), context => work(text =>
        {
            context.Status(Markup.Escape(OneLine(text)));
            return Task.CompletedTask;
        }));
    }

    /// <summary>The text without control characters, cut at 1,000 characters.</summary>
    public static string OneLine(string text)
    {
        const int MaxLength = 1000;
        return ContentText.OneLine(text.Length <= MaxLength ? text : text[..MaxLength] + "…");
    }
}
