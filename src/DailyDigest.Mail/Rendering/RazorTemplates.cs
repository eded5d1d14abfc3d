using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Razor.Hosting;
using RazorLight;
using RazorLight.Caching;
using RazorLight.Compilation;
using RazorLight.Generation;
using RazorLight.Razor;

namespace DailyDigest.Mail.Rendering;

/// <summary>
/// Finds and runs templates by name; the only class that uses RazorLight. The built-in templates are compiled with the project. A file of
/// the same name in the publisher's folder replaces a built-in one; it is compiled at its first use and kept until a restart.
/// </summary>
internal sealed class RazorTemplates
{
    private static readonly IReadOnlyList<(string Name, Type Page)> BuiltIn =
    [
        .. typeof(RazorTemplates).Assembly.GetCustomAttributes<RazorCompiledItemAttribute>()
            .Select(item => (Path.GetFileNameWithoutExtension(item.Identifier), item.Type)),
    ];

    private readonly string folder;
    private readonly RazorLightEngine engine;

    /// <param name="folder">The publisher's folder; empty for none.</param>
    public RazorTemplates(string folder)
    {
        this.folder = folder;
        // The default encoder turns every letter outside Latin into an entity: Arabic mails would grow by half.
        var encoder = HtmlEncoder.Create(UnicodeRanges.All);

        // The compiler takes seconds to start and 90 MB: only for a publisher's own templates.
        var compiled = new MemoryCachingProvider();
        foreach (var (name, page) in BuiltIn.Where(template => OwnFile(template.Name) is null))
        {
            compiled.CacheTemplate(name, () => Create(page, name));
        }

        engine = new RazorLightEngineBuilder()
            .UseProject(new Project(this))
            .SetOperatingAssembly(typeof(RazorTemplates).Assembly)
            .UseCachingProvider(compiled)
            .AddPrerenderCallbacks(page =>
            {
                page.DisableEncoding = page.Key.EndsWith("Text", StringComparison.Ordinal);
                ((TemplatePageBase)page).HtmlEncoder = encoder;
            })
            .Build();
    }

    /// <summary>Runs the template. A template whose name ends in "Text" makes plain text, without encoding.</summary>
    /// <exception cref="InvalidOperationException">The template does not compile or fails; the message names the file.</exception>
    public async Task<string> RenderAsync<T>(string name, T model, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var text = await engine.CompileRenderAsync(name, model);
            return text.Replace("\r\n", "\n", StringComparison.Ordinal);
        }
        catch (TemplateCompilationException e)
        {
            throw new InvalidOperationException($"{Where(name)} does not compile: {string.Join(" ", e.CompilationErrors.Take(3))}", e);
        }
        catch (TemplateGenerationException e)
        {
            throw new InvalidOperationException($"{Where(name)} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or InvalidOperationException) && IsOverridden)
        {
            throw new InvalidOperationException($"{Where(name)} or what it includes fails: {e.Message}", e);
        }
    }

    /// <summary>The origin of the template, for messages.</summary>
    public string Where(string name) => OwnFile(name) ?? $"the built-in template {name}.cshtml";

    private bool IsOverridden => folder.Length > 0;

    private string? OwnFile(string name) =>
        folder.Length > 0 && Path.Combine(folder, name + ".cshtml") is var file && File.Exists(file) ? file : null;

    private static ITemplatePage Create(Type page, string name)
    {
        var created = (ITemplatePage)Activator.CreateInstance(page)!;
        created.Key = name;
        return created;
    }

    private sealed class Project(RazorTemplates templates) : RazorLightProject
    {
        public override Task<RazorLightProjectItem> GetItemAsync(string templateKey) =>
            Task.FromResult<RazorLightProjectItem>(new Item(templateKey, templates.OwnFile(templateKey)));

        public override Task<IEnumerable<RazorLightProjectItem>> GetImportsAsync(string templateKey) =>
            Task.FromResult<IEnumerable<RazorLightProjectItem>>([]);
    }

    private sealed class Item(string key, string? file) : RazorLightProjectItem
    {
        public override string Key => key;

        public override bool Exists => file is not null;

        public override Stream Read() => File.OpenRead(file!);
    }
}
