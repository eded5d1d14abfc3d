using DailyDigest.Digests;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Moq;

namespace DailyDigest.Mail.Tests;

/// <summary>A publisher's own templates, registration and settings.</summary>
public sealed class TemplateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dd-templates-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_built_in_templates_pass_the_check() =>
        Assert.Null(await Record.ExceptionAsync(() => SampleMails.Renderer().WarmUpAsync(Stop)));

    [Fact]
    public async Task A_file_in_the_folder_replaces_one_built_in_template_only()
    {
        Write("_StoryText", "@model DailyDigest.Mail.Rendering.PageStory\n*** @Model.Title & @Model.Url\n");
        var renderer = SampleMails.Renderer(options: Options());
        await renderer.WarmUpAsync(Stop);

        var variant = (await renderer.RenderAsync(SampleMails.Digest(), "en", [], Stop))!;

        Assert.Contains("*** A lighthouse for sale, lamp included & https://", variant.Text, StringComparison.Ordinal);
        Assert.Contains("<h3", variant.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task A_copied_template_gives_the_same_mail_as_the_built_in_one(string language)
    {
        // One is compiled with the project, the other by RazorLight at run time.
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Templates")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        var (ours, copied) = (SampleMails.Renderer(), SampleMails.Renderer(options: Options()));
        var (expected, actual) = (
            (await ours.RenderAsync(SampleMails.Digest(language), language, [], Stop))!,
                (await copied.RenderAsync(SampleMails.Digest(language), language, [], Stop))!);

        Assert.Equal(expected.Html, actual.Html);
        Assert.Equal(expected.Text, actual.Text);
    }

    [Theory]
    [InlineData("Digest", "@model DailyDigest.Mail.Rendering.DigestPage\n<p>@Model.PostalAddress</p>", "unsubscribe")]
    [InlineData("Digest", "@model DailyDigest.Mail.Rendering.DigestPage\n<a href=\"@Model.UnsubscribeUrl\">x</a>", "postal address")]
    [InlineData("DigestText", "@model DailyDigest.Mail.Rendering.DigestPage\n@Model.PostalAddress", "unsubscribe")]
    [InlineData("DigestText", "@model DailyDigest.Mail.Rendering.DigestPage\n@Model.UnsubscribeUrl", "postal address")]
    [InlineData("Digest", "@model DailyDigest.Mail.Rendering.DigestPage\n@Model.NoSuchThing", "NoSuchThing")]
    [InlineData("_Story", "@model DailyDigest.Mail.Rendering.PageStory\n@{ throw new ArgumentException(\"oh\"); }", "oh")]
    public async Task A_template_without_a_required_part_is_refused_by_name(string name, string content, string says)
    {
        Write(name, content);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => SampleMails.Renderer(options: Options()).WarmUpAsync(Stop));

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(
            name.StartsWith('_') ? "Digest.cshtml" : Path.Combine(folder, name + ".cshtml"), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mail:PickupFolder", "/tmp/dd-x", typeof(PickupTransport))]
    [InlineData("Mail:Host", "127.0.0.1", typeof(SmtpTransport))]
    public void The_transport_is_the_pickup_folder_when_one_is_set_and_otherwise_smtp(string key, string value, Type transport)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        using var services = new ServiceCollection().AddLogging().AddSingleton(SampleMails.Publication())
            .AddSingleton(Mock.Of<IHostEnvironment>(host => host.EnvironmentName == Environments.Development))
            .AddMail(configuration).BuildServiceProvider();

        Assert.IsType(transport, services.GetRequiredService<IMailTransport>());
        Assert.NotNull(services.GetRequiredService<IDigestRenderer>());
        Assert.NotNull(services.GetRequiredService<INoticeRenderer>());
        Assert.NotNull(services.GetRequiredService<SmtpCheck>());
    }

    [Theory]
    [InlineData("From")]
    [InlineData("ReplyTo")]
    [InlineData("UnsubscribeAddress")]
    public void An_address_of_the_publication_is_known_also_with_a_name(string setting)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Mail:PickupFolder", "/tmp/dd-x"), new("Mail:" + setting, "The Gazette <digest@example.com>")])
            .Build();
        using var services = new ServiceCollection().AddSingleton(SampleMails.Publication())
            .AddSingleton(Mock.Of<IHostEnvironment>(host => host.EnvironmentName == Environments.Development))
            .AddMail(configuration).BuildServiceProvider();

        Assert.True(EmailAddress.TryParse("digest@example.com", out var typed));
        Assert.Contains(services.GetServices<OwnAddress>(), own => own.Is(typed));
    }

    [Fact]
    public void Every_fault_names_its_setting()
    {
        var faulty = new MailOptions
        {
            Port = 70000,
            Security = "ssl",
            Password = "x",
            From = "a\r\nb@example.com",
            ReplyTo = "nobody",
            UnsubscribeAddress = "x@",
            CertificateSha256 = "12",
            TemplatesFolder = "/no/such/folder",
            TimeoutSeconds = 0,
        };

        Assert.Equal(
            ["Host", "Port", "Security", "User", "CertificateSha256", "From", "ReplyTo", "UnsubscribeAddress", "TemplatesFolder",
                "TimeoutSeconds"],
            faulty.Validate(development: false).Select(line => line["Mail__".Length..line.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Empty(new MailOptions { Host = "smtp.example.com", From = "The Courier <news@example.com>" }.Validate(development: false));
        Assert.Empty(new MailOptions().Validate(development: true));
        Assert.Contains("unencrypted", Assert.Single(
            new MailOptions
            {
                Host = "smtp.example.com",
                From = "n@example.com",
                User = "u",
                Password = "p",
                Security = "none"
            }.Validate(development: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_of_a_further_relay_names_its_setting()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mail:Host"] = "one.example.com",
            ["Mail:From"] = "n@example.com",
            ["Mail:Relays:0:Host"] = "two.example.com",
            ["Mail:Relays:0:PerSecond"] = "0.5",
            ["Mail:Relays:1:Port"] = "-1",
            ["Mail:Relays:1:Security"] = "ssl",
            ["Mail:Relays:1:Password"] = "x",
            ["Mail:Relays:1:CertificateSha256"] = "12",
            ["Mail:Relays:1:Connections"] = "-1",
            ["Mail:Relays:1:PerSecond"] = "NaN",
            ["Mail:Relays:1:PerDay"] = "-1",
            ["Mail:Relays:1:PerConnection"] = "-1",
        }).Build();

        var options = configuration.GetSection(MailOptions.Section).Get<MailOptions>()!;

        Assert.Equal(["one.example.com:587", "two.example.com:587"], options.AllRelays.Take(2).Select(relay => relay.Name));
        Assert.Equal((0.5, 100), (options.AllRelays[1].PerSecond, options.AllRelays[1].PerConnection));
        Assert.Equal(
            ["Host", "Port", "Security", "User", "CertificateSha256", "Connections", "PerSecond", "PerDay", "PerConnection"],
            options.Validate(development: false)
                .Select(line => line["Mail__Relays__1__".Length..line.IndexOf(':', StringComparison.Ordinal)]));
        Assert.StartsWith(
            "Mail__Host: the first relay",
            new MailOptions { Relays = [new RelayOptions { Host = "two.example.com" }], From = "n@example.com" }.Validate(
                development: true).First(),
            StringComparison.Ordinal);
    }

    private MailOptions Options() => new() { From = "news@example.com", TemplatesFolder = folder };

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder, name + ".cshtml"), content);
}
