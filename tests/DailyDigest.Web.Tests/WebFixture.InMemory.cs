using System.Net;
using System.Text;
using DailyDigest.Sending;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web.Tests;

/// <content>Requests without a socket: any client address and any header.</content>
public sealed partial class WebFixture
{
    /// <summary>Passes a request to the pipeline, as the Functions head does.</summary>
    public async Task<Answer> AskAsync(
        string method, string path, string? body = null, string client = "203.0.113.7", string type = "application/x-www-form-urlencoded",
        params (string Name, string Value)[] headers)
    {
        using var sent = new MemoryStream();
        await using var scope = app.Services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        var at = path.IndexOf('?', StringComparison.Ordinal);
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost");
        context.Request.Path = PathString.FromUriComponent(at < 0 ? path : path[..at]);
        context.Request.QueryString = at < 0 ? default : new QueryString(path[at..]);
        context.Connection.RemoteIpAddress = client.Length == 0 ? null : IPAddress.Parse(client);
        foreach (var (name, value) in headers)
        {
            context.Request.Headers.Append(name, value);
        }

        if (body is not null)
        {
            context.Request.ContentType = type;
            context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        }

        context.Response.Body = sent;
        await handle(context);
        return new Answer(context.Response.StatusCode, context.Response.Headers, Encoding.UTF8.GetString(sent.ToArray()));
    }

    /// <summary>A new question and its answer, read from the page.</summary>
    public async Task<(string Check, string Sum)> QuestionAsync()
    {
        var page = (await AskAsync("GET", "/")).Body;
        var match = Sum().Match(page);
        Time.Advance(TimeSpan.FromSeconds(5));
        return (Token().Match(page).Groups[1].Value, $"{match.Groups[1].Value[0] - '0' + match.Groups[2].Value[0] - '0'}");
    }

    /// <summary>The fields, encoded as a form.</summary>
    public static string Form(params (string Name, string Value)[] fields) =>
        string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value)}"));

    public sealed record Answer(int Status, IHeaderDictionary Headers, string Body)
    {
        /// <summary>Every byte of the answer, except the random question.</summary>
        public string Everything => Solved().Replace(
            Token().Replace(
                Sum().Replace(
                    System.Text.RegularExpressions.Regex.Replace(Body, "(?:one|two|three|four|five|six|seven|eight|nine) plus \\w+", "SUM"),
                        "SUM"), "CHECK"), "ANSWER")
            + $"\n{Status}\n" + string.Join(
                '\n', Headers.Where(header => header.Key != "Content-Length").Select(header => $"{header.Key}: {header.Value}"));
    }
}
