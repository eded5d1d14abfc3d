using System.Xml.Linq;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads a feed whose XML is not well-formed. It knows how feeds are built: an item ends where the next one begins, a title where the link
/// begins. So a fault costs at most its item. Nothing is resolved and no entity of the document is expanded.
/// </summary>
internal sealed class TolerantXml
{
    // A start tag of a feed is shorter.
    private const int MaxTag = 300;

    private readonly XmlScanner scanner;
    private readonly FeedNotes notes;
    private readonly FeedSize size = new();
    private readonly List<OpenElement> open = [];

    private readonly OpenPlaces places = new();
    private XElement? root;
    private string rootPrefix = "";
    private int leaf = -1;
    private bool isEnded;

    private TolerantXml(string text, FeedNotes notes)
    {
        this.notes = notes;
        scanner = new XmlScanner(text, notes);
    }

    private OpenElement Top => open[^1];

    /// <summary>The root element; null if the text has none that a feed has.</summary>
    /// <exception cref="FeedFault">The document has too many parts, or a DTD with declarations.</exception>
    public static XElement? Read(string text, FeedNotes notes) => new TolerantXml(text, notes).Read();

    private XElement? Read()
    {
        for (XmlToken token; (token = scanner.Next()) != XmlToken.None;)
        {
            if (token == XmlToken.Start)
            {
                Start(new TagName(scanner.Name));
            }
            else if (token == XmlToken.Close)
            {
                Close(new TagName(scanner.Name));
            }
            else if (root is not null)
            {
                Top.Text.Append(scanner.Text);
            }
            else if (!string.IsNullOrWhiteSpace(scanner.Text))
            {
                notes.Repair("text before the document");
            }

            scanner.Current = open.Count > 0 ? Top.Name.Written : "";
        }

        Finish();
        return root;
    }

    private void Start(TagName name)
    {
        var spaces = OpenElement.Declared(open.Count > 0 ? Top.Spaces : [], scanner.Attributes);
        if (root is null)
        {
            if (!name.IsRoot && !name.IsItem && name.Local != "channel")
            {
                notes.Repair("text before the document");
                return;
            }

            rootPrefix = name.Prefix;
            if (!name.IsRoot)
            {
                notes.Repair("no root element");
                Push(new TagName(name.Local == "entry" ? "feed" : "rss"), spaces, name.Local == "entry" ? Space(name, spaces) : "", []);
            }
        }
        else if (name.IsRoot)
        {
            notes.Repair("a second document");
            return;
        }
        else if (name.Local == "channel" && IsPlain(name))
        {
            if (open.Exists(one => one.Name.Local == "channel"))
            {
                return;
            }

            PopTo(1);
        }
        else if (IsPlain(name) && name.IsItem)
        {
            CloseItem();
            Top.HasTitle = true; // a title beside an item has lost the beginning of its own
        }
        else if (leaf >= 0 && LeafEnds(name))
        {
            return;
        }

        if (open.Count > 0 && Top.Name.IsTextLeaf && name.Prefix.Length == 0 && !FeedNames.IsKnown(name.Local)
            && !HtmlNames.IsKnown(name.Local))
        {
            Top.Text.Append('<').Append(name.Written).Append('>');
            return;
        }

        if (name.Local == "title" && IsPlain(name) && open.Count > 0 && Top.Name.IsContainer && (Top.HasTitle || Top.Name.Local == "RDF"))
        {
            notes.Repair("items without their beginning");
            Push(new TagName(root!.Name.LocalName == "feed" ? "entry" : "item"), spaces, Space(name, spaces), []);
        }

        if (open.Count <= FeedLimits.MaxDepth && name.IsValid)
        {
            Push(name, spaces, Space(name, spaces), scanner.Attributes);
            if (open.Count > 1 && (scanner.IsEmpty || name.IsVoid(scanner.Attributes, leaf >= 0 && leaf < open.Count - 1)))
            {
                notes.Repair("elements without their end", scanner.IsEmpty ? 0 : 1);
                Pop();
            }
        }
    }

    private void CloseItem()
    {
        while (open.Count > 1 && !Top.Name.IsContainer)
        {
            notes.Repair("items without their end", Top.Name.IsItem ? 1 : 0);
            Pop();
        }
    }

    // Ends the title, link and so on where another element of an item begins. True if the tag was meant to be its end tag.
    private bool LeafEnds(TagName name)
    {
        var current = open[leaf];
        if (current.Name.IsTextLeaf && current == Top && name.Is(current.Name) && scanner.Attributes.Count == 0)
        {
            notes.Repair("end tags without their slash");
            Pop();
            return true;
        }

        var isFeeds = name.Prefix.Length > 0 && !IsPlain(name) ? FeedNames.IsPrefix(name.Prefix)
            : current.Name.IsTextLeaf ? name.EndsText : name.EndsMarkup && (!name.IsHead || !current.Element.HasElements);
        if (isFeeds)
        {
            notes.Repair("elements without their end");
            PopTo(leaf);
        }

        return false;
    }

    private void Close(TagName name)
    {
        if (root is null || name.IsRoot)
        {
            isEnded |= root is not null;
            return;
        }

        if (places.EndedBy(name) is { } own)
        {
            notes.Repair("elements without their end", open.Count - 1 - own);
            notes.Repair("names in different case", open[own].Name.Written == name.Written ? 0 : 1);
            PopTo(own);
            return;
        }

        notes.Repair("end tags without their start");
        if (name.IsItem && open.FindIndex(one => !one.Name.IsContainer) is > 0 and var first && open[first].HasTitle
            && !FeedNames.IsKnown(open[first].Name.Local))
        {
            // Its start tag has a typing error.
            open[first].Element.Name = open[first].Element.Name.Namespace + name.Local;
            PopTo(first);
            return;
        }

        if (Top.Name.Prefix == name.Prefix && !Top.Element.HasElements && open.Count > 2
            && FeedNames.IsKnown(Top.Name.Local) != FeedNames.IsKnown(name.Local) && !HtmlNames.IsKnown(Top.Name.Local))
        {
            // One of the two names has a typing error.
            if (FeedNames.IsKnown(name.Local))
            {
                Top.Element.Name = Top.Element.Name.Namespace + name.Local;
            }

            Pop();
        }
        else if (FeedNames.IsKnown(name.Local) && EndOfTag(name) is > 0 and var end)
        {
            // The "<" of the start tag is missing.
            var text = Top.Text.ToString();
            Top.Text.Clear();
            Push(name, Top.Spaces, Space(name, Top.Spaces), []);
            Top.Text.Append(text, end + 1, text.Length - end - 1);
            Pop();
        }
    }

    // The end of a start tag without its "<" at the beginning of the text; 0 for none. A long text is not read for each end tag behind it.
    private int EndOfTag(TagName name)
    {
        var text = Top.Text.ToString(0, Math.Min(Top.Text.Length, MaxTag));
        return text.IndexOf('>') is > 0 and var end && text[..end].TrimStart().StartsWith(name.Written, StringComparison.OrdinalIgnoreCase)
            ? end : 0;
    }

    // A title or link that the end of the document cuts is wrong. A summary is only shorter.
    private void Finish()
    {
        if (root is not null && (leaf >= 0 || open.Exists(one => one.Name.IsItem) || !isEnded))
        {
            notes.Repair("the end is missing");
        }

        var cut = leaf >= 0 && open[leaf].Name.IsTextLeaf ? open[leaf].Element : null;
        PopTo(0);
        cut?.Remove();
    }

    private void Push(TagName name, Dictionary<string, string> spaces, string space, List<(string Name, string Value)> attributes)
    {
        var element = new XElement(XNamespace.Get(space) + name.Local);
        foreach (var (written, value) in attributes)
        {
            var attribute = new TagName(written);
            if (attribute.IsValid && written != "xmlns" && attribute.Prefix != "xmlns"
                && (attribute.Prefix.Length == 0 ? XNamespace.None : Space(attribute, spaces)) + attribute.Local is var key
                && key.Namespace != XNamespace.Xmlns && element.Attribute(key) is null)
            {
                element.Add(new XAttribute(key, value));
            }
        }

        size.Add(open.Count, attributes.Count);
        if (open.Count > 0)
        {
            Top.Flush();
            Top.Element.Add(element);
            Top.HasTitle |= name.Local == "title" && IsPlain(name);
        }

        root ??= element;
        open.Add(new OpenElement(element, name, spaces));
        places.Open(name, open.Count - 1);
        if (leaf < 0 && (name.IsTextLeaf || name.IsMarkupLeaf))
        {
            leaf = open.Count - 1;
        }
    }

    private void PopTo(int index)
    {
        for (; open.Count > index; Pop())
        {
        }
    }

    private void Pop()
    {
        if (leaf == open.Count - 1)
        {
            leaf = -1;
        }

        Top.Trim();
        Top.Flush();
        places.Close(Top.Name);
        open.RemoveAt(open.Count - 1);
    }

    private string Space(TagName name, Dictionary<string, string> spaces)
    {
        if (spaces.TryGetValue(name.Prefix, out var space) || name.Prefix.Length == 0)
        {
            return space ?? "";
        }

        notes.Repair("undeclared prefixes", name.Prefix == "xml" ? 0 : 1);
        return FeedNames.OfPrefix(name.Prefix);
    }

    private bool IsPlain(TagName name) => name.Prefix.Length == 0 || name.Prefix == rootPrefix;
}
