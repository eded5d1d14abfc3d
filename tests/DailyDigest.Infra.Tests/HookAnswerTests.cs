using System.Xml.Linq;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The first hook refuses values with which the app would not start, by sh and by PowerShell.</summary>
public sealed class HookAnswerTests : IDisposable
{
    private readonly HookRun hooks = new();

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task An_answer_that_does_not_fit_is_asked_for_again_and_says_why(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision",
        [
            "", "   ", "N",
            "Paris", "Europe/Nowhere", "europe/paris", "Europe/P.ris", "Europe/Paris",
            "", " 1 Example Street ",
            "digest", "digest@example", "digest @example.com", "The Daily <digest>", "The Daily <digest@example.com>",
            "smtp", "smtp.example.com:587", "https://smtp.example.com", "smtp.example .com", "smtp.example.com",
            "",
        ]);

        Assert.True(exitCode == 0, output);
        var values = hooks.Kept();
        Assert.Equal("N", values["DAILYDIGEST_NAME"]);
        Assert.Equal("Europe/Paris", values["DAILYDIGEST_TIME_ZONE"]);
        Assert.Equal("1 Example Street", values["DAILYDIGEST_POSTAL_ADDRESS"]);
        Assert.Equal("The Daily <digest@example.com>", values["DAILYDIGEST_MAIL_FROM"]);
        Assert.Equal("smtp.example.com", values["DAILYDIGEST_MAIL_HOST"]);
        Assert.All(
            [
                "That does not fit. It must not be empty.",
                "That does not fit. 'Europe/Nowhere' is not in infra/hooks/zones.txt",
                "That does not fit. It is an address such as digest@example.com",
                "That does not fit. It is a host name alone",
                "That does not fit. It is a host name with a dot",
            ],
            line => Assert.Contains(line, output, StringComparison.Ordinal));
    }

    /// <summary>Nobody answers in CI: the value was set by hand, and the hook ends before anything is created.</summary>
    [Theory]
    [InlineData(HookRun.Sh, "DAILYDIGEST_TIME_ZONE", "Europe/Nowhere")]
    [InlineData(HookRun.Ps1, "DAILYDIGEST_TIME_ZONE", "Europe/Nowhere")]
    [InlineData(HookRun.Sh, "DAILYDIGEST_MAIL_HOST", "smtp.example.com:587")]
    [InlineData(HookRun.Ps1, "DAILYDIGEST_MAIL_HOST", "smtp.example.com:587")]
    [InlineData(HookRun.Sh, "DAILYDIGEST_POSTAL_ADDRESS", " ")]
    [InlineData(HookRun.Ps1, "DAILYDIGEST_POSTAL_ADDRESS", " ")]
    public async Task A_value_that_was_set_and_does_not_fit_is_named_with_the_command(string shell, string name, string value)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], new(HookRun.Answered) { [name] = value });

        Assert.Equal(1, exitCode);
        Assert.Contains($"{name} does not fit.", output, StringComparison.Ordinal);
        Assert.Contains($"azd env set {name} VALUE", output, StringComparison.Ordinal);
        Assert.Empty(hooks.Kept());
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task Without_an_answer_it_ends_and_names_the_setting(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", ["The Daily Example"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("azd env set DAILYDIGEST_TIME_ZONE VALUE", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task Without_a_password_it_ends_and_names_the_setting(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], HookRun.Answered);

        Assert.Equal(1, exitCode);
        Assert.Contains("azd env set DAILYDIGEST_MAIL_SECRET VALUE", output, StringComparison.Ordinal);
    }

    /// <summary>`azd provision` alone asks for the subscription after the hook.</summary>
    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task Without_a_subscription_it_says_what_to_run(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], new() { ["AZURE_SUBSCRIPTION_ID"] = "" });

        Assert.NotEqual(0, exitCode);
        Assert.Contains("AZURE_SUBSCRIPTION_ID: is not set. Run azd up", output, StringComparison.Ordinal);
    }

    /// <summary>
    /// azd runs `dotnet user-secrets init` on the project. That rewrites a project without an id, which stops the next git pull.
    /// </summary>
    [Fact]
    public void The_project_has_the_id_that_azd_would_give_it()
    {
        var folder = Path.Combine(TestServices.Repository, "src", "DailyDigest.Functions");
        var project = XDocument.Load(Path.Combine(folder, "DailyDigest.Functions.csproj"));

        Assert.NotEqual("", Assert.Single(project.Descendants("UserSecretsId")).Value);
    }

    public void Dispose() => hooks.Dispose();
}
