using System.Diagnostics;
using DailyDigest.Settings;
using OpenTelemetry;

namespace DailyDigest.Monitoring;

/// <summary>
/// Removes from a trace what may be personal. Readers' links have tokens in their path, and a client writes its headers as it likes. So
/// only the tags listed here are exported, and of a path its first segment, which names the page.
/// </summary>
internal sealed class TraceCleaner : BaseProcessor<Activity>
{
    private const string Path = "url.path";
    private const string Method = "http.request.method";
    private const int MaxPageLength = 20;

    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "part", Method, "http.response.status_code", "http.route", "url.scheme", "network.protocol.version", "error.type",
    };

    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        data.TraceStateString = null;
        if (data.GetTagItem(Path) is string path)
        {
            var page = Page(path);
            data.SetTag(Path, page);
            data.DisplayName = $"{data.GetTagItem(Method)} {page}";
        }

        foreach (var (name, _) in data.TagObjects.ToList())
        {
            if (name != Path && !Kept.Contains(name))
            {
                data.SetTag(name, null);
            }
        }

        if (data.Source.Name != Telemetry.Name)
        {
            data.SetStatus(data.Status);
        }
    }

    /// <summary>
    /// The page of a path: <c>/preferences</c> of <c>/preferences/TOKEN</c>; <c>/</c> if the segment may be anything else.
    /// </summary>
    private static string Page(string path) =>
        path.Split('/') is [_, var first, ..] && first.Length <= MaxPageLength
            && first.All(c => char.IsAsciiLetterLower(c) || c is '.' or '-')
            ? "/" + first
            : "/";
}
