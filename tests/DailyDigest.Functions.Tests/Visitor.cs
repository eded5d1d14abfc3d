using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Testing.Services;
using MimeKit;

namespace DailyDigest.Functions.Tests;

/// <summary>A person with a browser and a mailbox. Requests go through the test host to the worker.</summary>
internal sealed partial class Visitor(FunctionsWorker worker, string address, string network = "203.0.113.7")
{
    /// <summary>Texts that must not be logged: the address, and the tokens from pages and mails.</summary>
    public List<string> Secrets { get; } = [address];

    public string Address => address;

    /// <summary>Requests a page and returns its status and text.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AskAsync(
        HttpMethod method, string path, IReadOnlyDictionary<string, string>? form = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers.DefaultIfEmpty(("X-Forwarded-For", $"{network}:4711")))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        request.Content = form is null ? null : new FormUrlEncodedContent(form);
        using var response = await worker.HttpAsync(request, FunctionApp.Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(FunctionApp.Cancellation));
    }

    /// <summary>Opens the front page, solves its sum, and posts the form.</summary>
    public async Task<HttpStatusCode> SignUpAsync(string? forwardedFor = null)
    {
        (string, string)[] headers = [("X-Forwarded-For", forwardedFor ?? $"{network}:4711")];
        var (_, page) = await AskAsync(HttpMethod.Get, "/", null, headers);
        var (sum, check) = (Sum().Match(WebUtility.HtmlDecode(page)), Check().Match(page).Groups[1].Value);
        Secrets.Add(check);
        var answer = sum.Groups.Values.Skip(1).Sum(number => int.Parse(number.Value, CultureInfo.InvariantCulture));
        var form = new Dictionary<string, string> { ["email"] = address, ["check"] = check, ["answer"] = $"{answer}" };
        return (await AskAsync(HttpMethod.Post, "/signup", form, headers)).Status;
    }

    /// <summary>The mails to this address, oldest first.</summary>
    public async Task<IReadOnlyList<MimeMessage>> MailAsync(SmtpRecorder smtp)
    {
        await smtp.SyncAsync(FunctionApp.Cancellation);
        return [.. smtp.Messages.Where(mail => mail.To.Contains(address)).Select(mail => MimeMessage.Load(new MemoryStream(mail.Raw)))];
    }

    /// <summary>The path of the first link in the mail's text that begins so.</summary>
    public string LinkIn(MimeMessage mail, string path) => Remember((mail.TextBody ?? "").Split('\n', ' ')
        .Select(word => word.Trim()).First(word => word.StartsWith(ExampleSettings.BaseUrl + path, StringComparison.Ordinal)));

    /// <summary>The path in the List-Unsubscribe header.</summary>
    public string ListLink(MimeMessage mail) => Remember(HeaderLink().Match(mail.Headers["List-Unsubscribe"]!).Value);

    private string Remember(string url)
    {
        var path = url[ExampleSettings.BaseUrl.Length..];
        Secrets.Add(path.Split('/')[^1]);
        return path;
    }

    [GeneratedRegex("class=\"sum\"[^>]*>([0-9]+) \\+ ([0-9]+)")]
    private static partial Regex Sum();

    [GeneratedRegex("name=\"check\" value=\"([^\"]+)\"")]
    private static partial Regex Check();

    [GeneratedRegex("https://[^>]+")]
    private static partial Regex HeaderLink();
}
