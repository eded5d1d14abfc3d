using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <content>People who are signed in to the desk.</content>
public sealed partial class WebFixture
{
    public const string Password = "correct horse battery";

    /// <summary>The address of the person who has the role.</summary>
    public static string AddressOf(Role role) => $"{role.ToString().ToLowerInvariant()}@example.com";

    /// <summary>A one-time link for a person with the role.</summary>
    public async Task<string> InviteAsync(Role role, string? address = null) => Path(await Get<InviteAccount>().ExecuteAsync(
        Address(address ?? AddressOf(role)), role, $"The {role}", Actor.CommandLine, TestContext.Current.CancellationToken));

    /// <summary>A client whose person has the role: invited, and signed in by the invitation. Redirects are not followed.</summary>
    public async Task<DeskClient> SignInAsync(Role role, string? address = null)
    {
        var client = Visitor();
        var link = await InviteAsync(role, address);
        using var accepted = await client.PostAsync(link, link, ("name", $"The {role}"), ("password", Password));
        Assert.Equal(HttpStatusCode.SeeOther, accepted.StatusCode);
        return client;
    }

    /// <summary>A client with cookies of its own, not signed in.</summary>
    public DeskClient Visitor() => new(Client.BaseAddress!);

    /// <summary>Signs a browser in by the page to sign in. Somebody must have the role: <see cref="SignInAsync(Role, string?)"/>.</summary>
    public async Task SignInAsync(IPage page, Role role, string language = "en")
    {
        await page.GotoAsync($"{Client.BaseAddress}desk/sign-in?lang={language}");
        await page.FillAsync("#email", AddressOf(role));
        await page.FillAsync("#password", Password);
        await page.PressAsync("#password", "Enter");
        await page.WaitForSelectorAsync(".framed");
    }
}

/// <summary>A browser without a window: it keeps cookies, and sends forms with the token of the page that they are on.</summary>
public sealed partial class DeskClient : IDisposable
{
    private readonly HttpClient client;

    public DeskClient(Uri server)
    {
        Cookies = new CookieContainer();
        client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = server };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
    }

    public CookieContainer Cookies { get; }

    public Task<HttpResponseMessage> GetAsync(string path) => client.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        client.SendAsync(request, TestContext.Current.CancellationToken);

    public async Task<string> PageAsync(string path)
    {
        using var response = await GetAsync(path);
        return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The page as it is sent, with its character references.</summary>
    public async Task<string> PageRawAsync(string path)
    {
        using var response = await GetAsync(path);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a form to <paramref name="path"/> with the token of the page with the form.</summary>
    public async Task<HttpResponseMessage> PostAsync(string page, string path, params (string Name, string Value)[] fields)
    {
        var html = await PageAsync(page);
        return await SendAsync(path, [("token", Token().Match(html).Groups[1].Value), .. fields]);
    }

    /// <summary>Sends a form as it is, without a token.</summary>
    public Task<HttpResponseMessage> SendAsync(string path, params (string Name, string Value)[] fields) => client.PostAsync(
        path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        TestContext.Current.CancellationToken);

    /// <summary>The version of the row that the page's form changes; empty if it has none.</summary>
    public static string VersionOf(string page) => Version().Match(page).Groups[1].Value;

    public void Dispose() => client.Dispose();

    [GeneratedRegex("""name="version" value="([^"]*)""")]
    private static partial Regex Version();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    private static partial Regex Token();
}
